// Owns turning DEQUANTIZE -> float operator -> QUANTIZE into operators of codes, with the scales, zero points and codes of the file.
import { consumersOf, type Graph, type Node, removeDead, type TensorParams, tensorParams, type Value } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import { absorbAffine } from './absorb';
import { type Chain, chainFrom, type Readers } from './chain';
import { sameParams } from './codes';
import { Draft } from './draft';
import { averageLayer, type LayerInputs, layerInputs, realLayer } from './layers';
import { clampOf, fixedOutput, fuses, type Rule, ruleOf } from './rules';
import { preferUnsigned } from './unsigned';

const isReal = (value: Value | undefined): value is Value => value?.dtype === 'float32';

/**
 * Replaces float operators of the graph that `builder` made by operators of codes. Those without one stay float, between DEQUANTIZE and QUANTIZE.
 * Activations become int8, uint8 ones with their codes and zero points - 128, which is exact; layers whose weights have a zero point are
 * the uint8 ones of TensorFlow Lite's first scheme, and then the whole network is, where it can be.
 */
export function fuseQuantized(builder: OnnxBuilder): void {
  if (!builder.hasCodes) return;
  const { graph } = builder;
  absorbAffine(builder);
  new Fusion(builder).run();
  removeDead(graph);
  preferUnsigned(graph);
}

/** Whether a clamp leaves all codes of these parameters as they are. */
function isRedundant(link: Node, { scale, zeroPoint }: TensorParams): boolean {
  const bounds = clampOf(link, link.inputs.find((value) => isReal(value) && !value.data)!);
  if (!bounds) return false;
  const [low, high] = bounds.map((bound) => zeroPoint + Math.round(bound / scale));
  return low <= -128 && high >= 127;
}

class Fusion {
  private readonly graph: Graph;
  private readonly draft: Draft;
  private readonly links: Readers;
  private readonly outputs: ReadonlySet<Value>;
  /** int8 codes of float values. */
  private readonly codes = new Map<Value, Value>();
  /** Results of QUANTIZE that equal codes that are there already. */
  private readonly replaced = new Map<Value, Value>();
  private readonly done = new Set<Node>();

  constructor(private readonly builder: OnnxBuilder) {
    this.graph = builder.graph;
    this.draft = new Draft(builder);
    this.outputs = new Set(this.graph.outputs);
    this.links = { readers: consumersOf(this.graph), outputs: this.outputs };
  }

  run(): void {
    const { graph } = this;
    for (const node of graph.nodes) if (!this.done.has(node)) this.visit(node);
    graph.nodes = this.draft.nodes.map((node, id) => ({ ...node, id }) as Node);
    const final = (value: Value) => this.replaced.get(value) ?? value;
    graph.outputs = graph.outputs.map(final);
    for (const { outputs } of graph.signatures) for (const entry of outputs) entry.value = final(entry.value);
  }

  private visit(node: Node): void {
    const rule = ruleOf(node);
    if (node.type === 'DEQUANTIZE') this.dequantize(node);
    else if (node.type === 'QUANTIZE') this.quantize(node);
    else if (rule === 'moves') this.move(node) || this.keep(node);
    else if (rule === 'indices') this.index(node) || this.keep(node);
    else if (!rule || !this.fuse(node, rule)) this.keep(node);
  }

  private dequantize(node: Node): void {
    const [input] = node.inputs as Value[];
    const codes = this.replaced.get(input) ?? input;
    this.draft.add({ ...node, inputs: [codes] } as Node);
    this.codes.set(node.outputs[0], this.draft.as(codes, 'int8'));
  }

  private quantize(node: Node): void {
    const codes = this.codes.get(node.inputs[0]!);
    const [target] = node.outputs;
    if (!codes) this.draft.add(node);
    else if (!this.draft.convert(codes, target)) this.replace(target, this.draft.present(codes, target));
  }

  /** Lets `codes` take the place of `target`, with its name where that is an output's. */
  private replace(target: Value, codes: Value): void {
    if (this.outputs.has(target)) {
      if (this.graph.inputs.includes(codes) || [...this.replaced.values()].includes(codes)) {
        this.draft.add(this.draft.make('QUANTIZE', {}, [codes], [target]));
        return;
      }
      [codes.name, target.name] = [target.name, codes.name];
    }
    this.replaced.set(target, codes);
  }

  /** Codes with other parameters. */
  private requantized(codes: Value, params: TensorParams): Value {
    if (sameParams(tensorParams(codes), params)) return codes;
    const target = this.draft.codes(`${codes.name}_requantized`, codes.shape, params);
    this.draft.convert(codes, target);
    return target;
  }

  /** A node that gives some of its input's codes; CONCATENATION requantizes them to the parameters of the QUANTIZE that follows. */
  private move(node: Node): boolean {
    const variables = node.inputs.filter((value): value is Value => isReal(value) && !value.data);
    const sources = variables.map((value) => this.codes.get(value));
    if (variables.length === 0 || !sources.every((value) => value !== undefined)) return false;
    const chain = node.outputs.length === 1 ? chainFrom(node.outputs[0], this.links) : undefined;
    const target = chain && tensorParams(chain.quantize.outputs[0]);
    let params = tensorParams(sources[0]!);
    if (!sources.every((value) => sameParams(tensorParams(value!), params))) {
      if (node.type !== 'CONCATENATION' || !target) return false;
      params = target;
    }
    // The codes that QUANTIZE gives a bound or fill are the nearest; elsewhere it must be exact.
    const exact = !target || !sameParams(target, params);
    const inputs = node.inputs.map((value) => {
      if (!isReal(value)) return value;
      return value.data ? this.draft.inParams(value, params, exact) : this.requantized(this.codes.get(value)!, params);
    });
    if (inputs.some((value, i) => node.inputs[i] && !value)) return false;
    const outputs = node.outputs.map(({ name, shape }) => this.draft.codes(`${name}_int8`, shape, params));
    const made = this.draft.make(node.type, node.attributes, inputs, outputs);
    if (!this.draft.accepts(made)) return false;
    this.draft.add(made);
    for (const [i, output] of node.outputs.entries()) {
      this.codes.set(output, outputs[i]);
      this.draft.add(this.draft.make('DEQUANTIZE', {}, [outputs[i]], [output]));
    }
    return true;
  }

  /** A node whose results depend on the order of codes alone. */
  private index(node: Node): boolean {
    const codes = this.codes.get(node.inputs[0]!);
    if (!codes) return false;
    this.draft.add({ ...node, inputs: [codes, ...node.inputs.slice(1)] } as Node);
    return true;
  }

  /** The 8-bit operands of a node without weights. */
  private operands(node: Node): LayerInputs | undefined {
    const inputs = node.inputs.map((value) => {
      if (!isReal(value)) return value;
      return value.data ? this.draft.operand(value) : this.codes.get(value);
    });
    return inputs.every((value, i) => value || !node.inputs[i]) ? { inputs, dtype: 'int8' } : undefined;
  }

  /** Makes one operator of codes of a float one whose results are quantized; false where it stays float. */
  private fuse(node: Node, rule: Rule): boolean {
    const chain = chainFrom(node.outputs[0], this.links);
    if (!chain) return false;
    const target = tensorParams(chain.quantize.outputs[0]);
    const codes = this.codes.get(node.inputs[0]!);
    const own = rule === 'fixed' ? fixedOutput(node.type) : rule === 'rounds' && codes ? tensorParams(codes) : target;
    if (sameParams(own, target)) return this.emit(node, rule, chain, own);
    const average = codes && averageLayer(this.draft, node, codes);
    if (average) return this.emitNode(average, { inputs: average.inputs, dtype: 'int8' }, chain, target);
    // Rounding twice is within a code of rounding once unless the second scale is finer.
    return target.scale >= 0.999 * own.scale && this.emit(node, rule, chain, own);
  }

  private emit(node: Node, rule: Rule, chain: Chain, own: TensorParams): boolean {
    const inputs = rule === 'weighted' ? layerInputs(this.draft, node, (value) => this.codes.get(value)) : this.operands(node);
    return inputs !== undefined && this.emitNode(node, inputs, chain, own);
  }

  /** Adds the node with results of parameters `own`, then the links of the chain in the parameters of its QUANTIZE. */
  private emitNode(node: Node, { inputs, dtype }: LayerInputs, { links, quantize }: Chain, own: TensorParams): boolean {
    const { draft } = this;
    const [target] = quantize.outputs;
    const params = tensorParams(target);
    const rest = links.filter((link) => !isRedundant(link, params));
    const isFused = rest.length > 0 && sameParams(own, params) && fuses(node, rest[0]);
    const attributes = isFused ? { ...node.attributes, activation: rest.shift()!.type } : node.attributes;
    const [{ name, shape }] = node.outputs;
    const isDirect = dtype === 'int8' && sameParams(own, params) && rest.length === 0;
    const result = isDirect ? target : draft.codesOf(`${name}_codes`, shape, own, dtype);
    const made = draft.make(node.type, attributes as never, inputs, [result]);
    if (!draft.accepts(made)) return false;
    draft.add(made);
    let current = result;
    if (!isDirect && rest.length === 0) draft.convert(current, target);
    else if (rest.length > 0) current = this.requantized(draft.as(current, 'int8'), params);
    for (const [i, link] of rest.entries()) {
      const output = i === rest.length - 1 ? target : draft.codes(`${link.outputs[0].name}_codes`, link.outputs[0].shape, params);
      const operand = (value: Value) => (value.data ? draft.inParams(value, params, false) : current);
      const operands = link.inputs.map((value) => (isReal(value) ? operand(value) : value));
      draft.add(draft.make(link.type, link.attributes as never, operands, [output]));
      current = output;
    }
    for (const part of [...links, quantize]) this.done.add(part);
    return true;
  }

  /** A node that stays float; a layer's dequantized weights stay codes in the graph. */
  private keep(node: Node): void {
    this.draft.add(realLayer(this.draft, this.builder, node) ?? node);
  }
}
