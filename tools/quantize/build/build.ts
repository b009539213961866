// Owns assembling the 8-bit graph: 8-bit operators and values, QUANTIZE and DEQUANTIZE between 8-bit and float, inputs and outputs.
import {
  activationParams,
  allocate,
  codeRange,
  type DType,
  type Graph,
  type Node,
  scaleOf,
  type TensorParams,
  type Value,
  type WeightedNode,
  weightedInputs,
  weightedValues,
  zeroPointOf,
} from 'zeropoint/graph';
import { operatorVersion } from 'zeropoint/tflite';
import type { Ranges } from '../../calibrate/ranges';
import { outputRule } from './operators';
import { ActivationParameters, constantRange } from './parameters';
import { type CodeType, type Exceptions, type Scheme, weightSchemeOf } from './scheme';
import { layerReals, quantizeLayerWeights, storeBias, storeWeights, type WeightMethod } from './weights';

export interface BuildSettings {
  readonly scheme: Scheme;
  readonly weights: WeightMethod;
  readonly exceptions: Exceptions;
}

/** One layer with weights, in the float graph and in the quantized one. No other node reads the weights and bias of `node`. */
export interface Layer {
  readonly float: WeightedNode;
  readonly node: WeightedNode;
}

export interface QuantizedDraft {
  readonly graph: Graph;
  readonly scheme: Scheme;
  /** Quantized layers in execution order. */
  readonly layers: readonly Layer[];
}

const isReal = (value: Value): boolean => value.dtype === 'float32';

/** The zero point of the same reals in codes of another 8-bit dtype, which differ by a constant. */
const movedZeroPoint = (zeroPoint: number, from: CodeType, to: CodeType): number => zeroPoint - codeRange(from).min + codeRange(to).min;

/**
 * The 8-bit form of a prepared float graph. `ranges` by value name.
 * @throws ModelError `bad-argument` where an activation has no range
 */
export function buildQuantized(float: Graph, ranges: Ranges['tensors'], settings: BuildSettings): QuantizedDraft {
  return new Builder(float, ranges, settings).build();
}

/** Parameters of a constant operand, from the range of its elements. */
function constantParams(value: Value, dtype: CodeType): TensorParams {
  const { min, max } = constantRange(value);
  return activationParams(min, max, dtype);
}

class Builder {
  private readonly values: Value[] = [];
  private readonly nodes: Node[] = [];
  private readonly layers: Layer[] = [];
  /** Dtypes of the activations of the nodes that are quantized. */
  private readonly dtypes: ReadonlyMap<Node, CodeType>;
  /** Weights of all layers. */
  private readonly weightCount: number;
  /** Scales and zero points by the dtype of the nodes that read and write them. */
  private readonly parameters = new Map<CodeType, ActivationParameters>();
  /** Float value -> the value that its producer writes in the quantized graph. */
  private readonly primary = new Map<Value, Value>();
  /** Float value -> results of converting its primary value, by their dtype or their scale and zero point. */
  private readonly converted = new Map<Value, Map<string, Value>>();

  constructor(
    private readonly float: Graph,
    ranges: Ranges['tensors'],
    private readonly settings: BuildSettings,
  ) {
    const {
      scheme,
      exceptions: { skip, int16 },
    } = settings;
    const dtypeOf = (node: Node): CodeType => (int16.has(node) ? 'int16' : scheme.activations.dtype);
    const isQuantized = (node: Node) => !skip.has(node) && outputRule(node, dtypeOf(node)) !== undefined;
    this.dtypes = new Map(float.nodes.filter(isQuantized).map((node) => [node, dtypeOf(node)]));
    const layers = float.nodes.filter((node): node is WeightedNode => weightedInputs(node.type) !== undefined);
    this.weightCount = layers.reduce((sum, layer) => sum + (weightedValues(layer).weights.data?.length ?? 0), 0);
    for (const dtype of new Set([scheme.activations.dtype, ...this.dtypes.values()])) {
      const nodes = new Set(float.nodes.filter((node) => this.dtypes.get(node) === dtype));
      this.parameters.set(dtype, new ActivationParameters(float, nodes, ranges, dtype));
    }
  }

  build(): QuantizedDraft {
    const { float } = this;
    const inputs = float.inputs.map((value) => this.addInput(value));
    for (const node of float.nodes) {
      const dtype = this.dtypes.get(node);
      if (dtype) this.addQuantized(node, dtype, this.parameters.get(dtype)!);
      else this.addFloat(node);
    }
    const outputs = float.outputs.map((value) => this.addOutput(value));
    // The writer sets the same versions, so that the graph and the one read from its file are equal.
    for (const node of this.nodes) node.version = operatorVersion(node);
    const counterpart = (list: readonly Value[], counterparts: readonly Value[]) => (entry: { name: string; value: Value }) => ({
      name: entry.name,
      value: counterparts[list.indexOf(entry.value)],
    });
    const graph: Graph = {
      ...float,
      values: this.values,
      inputs,
      outputs,
      nodes: this.nodes,
      // Signatures name graph inputs and outputs only.
      signatures: float.signatures.map(({ key, inputs: ins, outputs: outs }) => ({
        key,
        inputs: ins.map(counterpart(float.inputs, inputs)),
        outputs: outs.map(counterpart(float.outputs, outputs)),
      })),
      metadata: [...float.metadata],
    };
    return { graph, scheme: this.settings.scheme, layers: this.layers };
  }

  /** Adds a value like `origin` with other `members`. */
  private add(origin: Value, members: Partial<Value> & { dtype: DType }): Value {
    const { name, shape, shapeSignature, isVariable } = origin;
    const value: Value = { name, shape, shapeSignature, isVariable, ...members, id: this.values.length };
    this.values.push(value);
    return value;
  }

  private addCodes(origin: Value, { scale, zeroPoint }: TensorParams, dtype: CodeType): Value {
    return this.add(origin, { dtype, quantization: { scale: [scale], zeroPoint: [zeroPoint], axis: 0 } });
  }

  private addNode(node: Partial<Node> & Pick<Node, 'type'>): void {
    this.nodes.push({ attributes: {}, version: 1, ...node, id: this.nodes.length } as Node);
  }

  /** A graph input in the scheme's dtype for inputs; one that only float nodes read stays as it is. */
  private addInput(value: Value): Value {
    const { inputs, activations } = this.settings.scheme;
    const readers = this.float.nodes.filter((node) => node.inputs.includes(value));
    const isQuantized = isReal(value) && readers.some((node) => this.dtypes.has(node));
    let input: Value;
    if (!isQuantized || inputs === 'float32') input = this.add(value, { dtype: value.dtype });
    else {
      const { scale, zeroPoint } = this.parameters.get(activations.dtype)!.of(value);
      input = this.addCodes(value, { scale, zeroPoint: movedZeroPoint(zeroPoint, activations.dtype, inputs) }, inputs);
    }
    this.primary.set(value, input);
    return input;
  }

  /** `value` in codes of `dtype` with these parameters; adds a QUANTIZE where the primary value has others. */
  private asCodes(value: Value, params: TensorParams, dtype: CodeType): Value {
    if (value.data) return this.constantCodes(value, params, dtype);
    const primary = this.primary.get(value)!;
    const isSame = primary.dtype === dtype && scaleOf(primary) === params.scale && zeroPointOf(primary) === params.zeroPoint;
    if (isSame) return primary;
    const addValue = () => {
      const codes = this.addCodes(value, params, dtype);
      codes.name = `${value.name}_${dtype}`;
      return codes;
    };
    return this.convert(value, `${dtype} ${params.scale} ${params.zeroPoint}`, 'QUANTIZE', addValue, this.sourceFor(value, dtype));
  }

  /** What a QUANTIZE to `dtype` reads: TFLite's converts neither 8 bits to 16 nor 16 to uint8 (tensorflow/lite/kernels/quantize.cc). */
  private sourceFor(value: Value, dtype: CodeType): Value {
    const primary = this.primary.get(value)!;
    const isDirect = (primary.dtype === 'int16') === (dtype === 'int16') || (primary.dtype === 'int16' && dtype === 'int8');
    return isDirect ? primary : this.asReals(value);
  }

  /** `value` in float32; adds a DEQUANTIZE where the primary value is 8-bit. */
  private asReals(value: Value): Value {
    const primary = value.data ? this.copyConstant(value) : this.primary.get(value)!;
    if (isReal(primary) || !isReal(value)) return primary;
    return this.convert(value, 'float32', 'DEQUANTIZE', () => this.add(value, { dtype: 'float32', name: `${value.name}_float32` }));
  }

  /** The conversion of `value` that `key` names; the first time, `addValue` adds its result, which is computed from `source`. */
  private convert(
    value: Value,
    key: string,
    type: 'QUANTIZE' | 'DEQUANTIZE',
    addValue: () => Value,
    source: Value = this.primary.get(value)!,
  ): Value {
    let conversions = this.converted.get(value);
    if (!conversions) {
      conversions = new Map();
      this.converted.set(value, conversions);
    }
    let result = conversions.get(key);
    if (!result) {
      result = addValue();
      conversions.set(key, result);
      this.addNode({ type, inputs: [source], outputs: [result] });
    }
    return result;
  }

  private copyConstant(value: Value): Value {
    let copy = this.primary.get(value);
    if (!copy) {
      copy = this.add(value, { dtype: value.dtype, data: value.data, quantization: value.quantization });
      this.primary.set(value, copy);
    }
    return copy;
  }

  private constantCodes(value: Value, { scale, zeroPoint }: TensorParams, dtype: CodeType): Value {
    const { min, max } = codeRange(dtype);
    const code = (real: number) => Math.min(Math.max(Math.round(real / scale) + zeroPoint, min), max);
    const codes = this.addCodes(value, { scale, zeroPoint }, dtype);
    const reals = value.data as Float32Array;
    const data = allocate(dtype, reals.length);
    for (let i = 0; i < reals.length; i++) data[i] = code(reals[i]);
    codes.data = data;
    return codes;
  }

  /** Adds a node that stays as it is, with its inputs in float32. */
  private addFloat(node: Node): void {
    const inputs = node.inputs.map((value) => value && this.asReals(value));
    const outputs = node.outputs.map((value) => {
      const output = this.add(value, { dtype: value.dtype, quantization: value.quantization });
      this.primary.set(value, output);
      return output;
    });
    this.addNode({ ...node, inputs, outputs } as Node);
  }

  private addQuantized(node: Node, dtype: CodeType, parameters: ActivationParameters): void {
    const rule = outputRule(node, dtype);
    const weighted = weightedInputs(node.type);
    const isLayer = (index: number) => index === weighted?.weights || index === weighted?.bias;
    const inputs = node.inputs.map((value, i) => {
      if (!value || isLayer(i)) return undefined;
      if (!isReal(value)) return this.asReals(value);
      if (rule === 'shared') return this.asCodes(value, parameters.shared(value), dtype);
      return this.asCodes(value, value.data ? constantParams(value, dtype) : parameters.of(value), dtype);
    });
    const outputs = node.outputs.map((value) => {
      const output = isReal(value) ? this.addCodes(value, parameters.of(value), dtype) : this.add(value, { dtype: value.dtype });
      this.primary.set(value, output);
      return output;
    });
    // Scales of activations are no powers of two.
    const isSum = (node.type === 'ADD' || node.type === 'SUB') && dtype === 'int16';
    const attributes = isSum ? { ...node.attributes, potScaleInt16: false } : node.attributes;
    this.addNode({ ...node, attributes, inputs, outputs } as Node);
    if (weighted) this.addWeights(node as WeightedNode, this.nodes[this.nodes.length - 1] as WeightedNode);
  }

  /**
   * Quantizes a layer's weights and bias. Layers without a bias get one of zeros, which tflite/kernels/conv.cc demands of 8-bit layers, but
   * for TRANSPOSE_CONV, which takes a bias only from version 3 on.
   */
  private addWeights(float: WeightedNode, node: WeightedNode): void {
    const { scheme, weights: method, exceptions } = this.settings;
    const { weights: position, bias: biasPosition, input, channelAxis } = weightedInputs(node.type)!;
    const { weights, bias } = weightedValues(float);
    const inputScale = scaleOf(node.inputs[input]!);
    const own = weightSchemeOf(scheme, float, (weights.data?.length ?? 0) / this.weightCount, exceptions);
    const codes = quantizeLayerWeights(float, inputScale, own, method);
    const stored = this.add(weights, { dtype: own.dtype, data: codes.data, ...(own.storedBits && { storedBits: own.storedBits }) });
    storeWeights(stored, codes, channelAxis);
    node.inputs[position] = stored;
    const { bias: reals, channels } = layerReals(float);
    if (bias || float.type !== 'TRANSPOSE_CONV') {
      const origin = bias ?? { ...float.outputs[0], shapeSignature: undefined, shape: [channels], name: `${float.outputs[0].name}_bias` };
      const dtype = node.inputs[input]!.dtype === 'int16' ? 'int64' : 'int32';
      const value = this.add(origin, { dtype, data: allocate(dtype, channels) });
      storeBias(value, reals, inputScale, codes.scale);
      node.inputs[biasPosition] = value;
    }
    this.layers.push({ float, node });
  }

  /**
   * A graph output in the scheme's dtype for outputs, converted where necessary; one that a node computes that is float or wide by exception
   * stays as it is, since 8 bits would lose what the exception is for.
   */
  private addOutput(value: Value): Value {
    const { outputs, activations } = this.settings.scheme;
    const primary = this.primary.get(value) ?? this.copyConstant(value);
    if (!isReal(value) || primary.dtype === outputs || primary.data || this.float.inputs.includes(value)) return primary;
    if (outputs === 'float32') return this.named(value, this.asReals(value));
    if (isReal(primary) || (primary.dtype === 'int16' && activations.dtype !== 'int16')) return primary;
    const moved = { scale: scaleOf(primary), zeroPoint: movedZeroPoint(zeroPointOf(primary), activations.dtype, outputs) };
    return this.named(
      value,
      this.convert(value, outputs, 'QUANTIZE', () => this.addCodes(value, moved, outputs)),
    );
  }

  /** Gives a graph output the name of the float one; the value it is converted from takes another. */
  private named(value: Value, output: Value): Value {
    const primary = this.primary.get(value)!;
    if (output !== primary) {
      output.name = value.name;
      primary.name = `${value.name}_${primary.dtype}`;
    }
    return output;
  }
}
