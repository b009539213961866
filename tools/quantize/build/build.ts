// Owns assembling the 8-bit graph: every value in its new form, converters where forms meet, and the ends as the scheme wants them.
import {
  activationParams,
  type DType,
  type Graph,
  type Node,
  scaleOf,
  type TensorData,
  type TensorParams,
  type Value,
  type WeightedNode,
  weightedInputs,
  weightedValues,
} from 'zeropoint/graph';
import { operatorVersion } from 'zeropoint/tflite';
import type { Ranges } from '../../calibrate/ranges';
import type { Scheme } from '../scheme';
import { outputRule } from './operators';
import { ActivationParameters, constantRange } from './parameters';
import { layerReals, quantizeLayerWeights, storeBias, storeWeights, type WeightMethod } from './weights';

export interface BuildSettings {
  readonly scheme: Scheme;
  readonly weights: WeightMethod;
  /** Nodes that stay float although they have an 8-bit form. */
  readonly skip: ReadonlySet<Node>;
}

/** A layer with weights in both worlds. `node`'s weights and bias are constants of its own. */
export interface Layer {
  readonly float: WeightedNode;
  readonly node: WeightedNode;
}

export interface QuantizedDraft {
  readonly graph: Graph;
  /** Quantized layers in execution order. */
  readonly layers: readonly Layer[];
  /** The float value behind each activation of `graph`. */
  readonly origins: ReadonlyMap<Value, Value>;
}

const isReal = (value: Value): boolean => value.dtype === 'float32';
const codeOffset = { int8: -128, uint8: 0 };

/** The 8-bit form of a float graph without unused values. `ranges` by value name; see ActivationParameters for the errors. */
export function buildQuantized(float: Graph, ranges: Ranges['tensors'], settings: BuildSettings): QuantizedDraft {
  return new Builder(float, ranges, settings).build();
}

class Builder {
  private readonly values: Value[] = [];
  private readonly nodes: Node[] = [];
  private readonly layers: Layer[] = [];
  private readonly origins = new Map<Value, Value>();
  private readonly quantized: Set<Node>;
  private readonly parameters: ActivationParameters;
  /** The form in which a float value is produced, and further forms by what they are. */
  private readonly homes = new Map<Value, Value>();
  private readonly forms = new Map<Value, Map<string, Value>>();

  constructor(
    private readonly float: Graph,
    ranges: Ranges['tensors'],
    private readonly settings: BuildSettings,
  ) {
    this.quantized = new Set(float.nodes.filter((node) => outputRule(node) && !settings.skip.has(node)));
    this.parameters = new ActivationParameters(float, this.quantized, ranges, settings.scheme.name);
  }

  build(): QuantizedDraft {
    const { float } = this;
    const inputs = float.inputs.map((value) => this.addInput(value));
    for (const node of float.nodes) {
      if (this.quantized.has(node)) this.addQuantized(node);
      else this.addPlain(node);
    }
    const outputs = float.outputs.map((value) => this.outputForm(value));
    // As the file will have them, so that what is written and read again prints as this.
    for (const node of this.nodes) node.version = operatorVersion(node);
    const end = (list: readonly Value[], ends: readonly Value[]) => (entry: { name: string; value: Value }) => ({
      name: entry.name,
      value: ends[list.indexOf(entry.value)],
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
        inputs: ins.map(end(float.inputs, inputs)),
        outputs: outs.map(end(float.outputs, outputs)),
      })),
      metadata: [...float.metadata],
    };
    return { graph, layers: this.layers, origins: this.origins };
  }

  private add(origin: Value, form: Partial<Value> & { dtype: DType }): Value {
    const { name, shape, shapeSignature, isVariable } = origin;
    const value: Value = { name, shape, shapeSignature, isVariable, ...form, id: this.values.length };
    this.values.push(value);
    if (!value.data) this.origins.set(value, origin);
    return value;
  }

  private addCodes(origin: Value, { scale, zeroPoint }: TensorParams, dtype: DType = this.settings.scheme.name): Value {
    return this.add(origin, { dtype, quantization: { scale: [scale], zeroPoint: [zeroPoint], axis: 0 } });
  }

  private addNode(node: Partial<Node> & Pick<Node, 'type'>): void {
    this.nodes.push({ attributes: {}, version: 1, ...node, id: this.nodes.length } as Node);
  }

  private addInput(value: Value): Value {
    const { inputs, name } = this.settings.scheme;
    const readers = this.float.nodes.filter((node) => node.inputs.includes(value));
    const wanted = isReal(value) && readers.some((node) => this.quantized.has(node));
    let home: Value;
    if (!wanted || inputs === 'float32') home = this.add(value, { dtype: value.dtype });
    else {
      const params = this.parameters.of(value);
      const zeroPoint = params.zeroPoint - codeOffset[name] + codeOffset[inputs];
      home = this.addCodes(value, { scale: params.scale, zeroPoint }, inputs);
    }
    this.homes.set(value, home);
    return home;
  }

  /** `value` in codes of the scheme with these parameters, converted where it is something else. */
  private asCodes(value: Value, params: TensorParams): Value {
    if (value.data) return this.constantCodes(value, params);
    const home = this.homes.get(value)!;
    const same =
      home.dtype === this.settings.scheme.name &&
      home.quantization!.scale[0] === params.scale &&
      home.quantization!.zeroPoint[0] === params.zeroPoint;
    if (same) return home;
    return this.form(value, `${params.scale} ${params.zeroPoint}`, 'QUANTIZE', () => {
      const codes = this.addCodes(value, params);
      codes.name = `${value.name}_${codes.dtype}`;
      return codes;
    });
  }

  /** `value` in float32. */
  private asReals(value: Value): Value {
    const home = value.data ? this.plainConstant(value) : this.homes.get(value)!;
    if (isReal(home) || !isReal(value)) return home;
    return this.form(value, 'float32', 'DEQUANTIZE', () => this.add(value, { dtype: 'float32', name: `${value.name}_float32` }));
  }

  private form(value: Value, key: string, type: 'QUANTIZE' | 'DEQUANTIZE', make: () => Value): Value {
    let forms = this.forms.get(value);
    if (!forms) {
      forms = new Map();
      this.forms.set(value, forms);
    }
    let form = forms.get(key);
    if (!form) {
      form = make();
      forms.set(key, form);
      this.addNode({ type, inputs: [this.homes.get(value)!], outputs: [form] });
    }
    return form;
  }

  private plainConstant(value: Value): Value {
    let home = this.homes.get(value);
    if (!home) {
      home = this.add(value, { dtype: value.dtype, data: value.data, quantization: value.quantization });
      this.homes.set(value, home);
    }
    return home;
  }

  private constantCodes(value: Value, { scale, zeroPoint }: TensorParams): Value {
    const low = codeOffset[this.settings.scheme.name];
    const code = (real: number) => Math.min(Math.max(Math.round(real / scale) + zeroPoint, low), low + 255);
    const codes = this.addCodes(value, { scale, zeroPoint });
    const reals = value.data as Float32Array;
    codes.data = codes.dtype === 'int8' ? Int8Array.from(reals, code) : Uint8Array.from(reals, code);
    this.origins.delete(codes);
    return codes;
  }

  private addPlain(node: Node): void {
    const inputs = node.inputs.map((value) => value && this.asReals(value));
    const outputs = node.outputs.map((value) => {
      const home = this.add(value, { dtype: value.dtype, quantization: value.quantization });
      this.homes.set(value, home);
      return home;
    });
    this.addNode({ ...node, inputs, outputs } as Node);
  }

  private addQuantized(node: Node): void {
    const rule = outputRule(node);
    const weighted = weightedInputs(node.type);
    const isLayer = (index: number) => index === weighted?.weights || index === weighted?.bias;
    const inputs = node.inputs.map((value, i) => {
      if (!value || isLayer(i)) return undefined;
      if (!isReal(value)) return this.asReals(value);
      if (rule === 'shared') return this.asCodes(value, this.parameters.shared(value));
      return this.asCodes(value, value.data ? this.ownParams(value) : this.parameters.of(value));
    });
    const outputs = node.outputs.map((value) => {
      const home = isReal(value) ? this.addCodes(value, this.parameters.of(value)) : this.add(value, { dtype: value.dtype });
      this.homes.set(value, home);
      return home;
    });
    this.addNode({ ...node, inputs, outputs } as Node);
    if (weighted) this.addWeights(node as WeightedNode, this.nodes[this.nodes.length - 1] as WeightedNode);
  }

  /** Parameters of a constant operand, from its own elements. */
  private ownParams(value: Value): TensorParams {
    const { min, max } = constantRange(value);
    return activationParams(min, max, this.settings.scheme.name);
  }

  /** Kernels of convolutions need a bias (`tflite/kernels/conv.cc`); TRANSPOSE_CONV with one is newer than without. */
  private addWeights(float: WeightedNode, node: WeightedNode): void {
    const { scheme, weights: method } = this.settings;
    const { weights: position, bias: biasPosition, input, channelAxis } = weightedInputs(node.type)!;
    const { weights, bias } = weightedValues(float);
    const inputScale = scaleOf(node.inputs[input]!);
    const codes = quantizeLayerWeights(float, inputScale, scheme.name, method);
    const stored = this.add(weights, { dtype: scheme.name, data: codes.data });
    storeWeights(stored, codes, channelAxis);
    node.inputs[position] = stored;
    const { bias: reals, channels } = layerReals(float);
    if (bias || float.type !== 'TRANSPOSE_CONV') {
      const origin = bias ?? { ...float.outputs[0], shapeSignature: undefined, shape: [channels], name: `${float.outputs[0].name}_bias` };
      const value = this.add(origin, { dtype: 'int32', data: new Int32Array(channels) as TensorData });
      storeBias(value, reals, inputScale, codes.scale);
      node.inputs[biasPosition] = value;
    }
    this.layers.push({ float, node });
  }

  private outputForm(value: Value): Value {
    const { outputs, name } = this.settings.scheme;
    const home = this.homes.get(value) ?? this.plainConstant(value);
    if (!isReal(value) || home.dtype === outputs || home.data || this.float.inputs.includes(value)) return home;
    if (outputs === 'float32') return this.named(value, this.asReals(value));
    // A network whose end stays float has no codes there.
    if (isReal(home)) return home;
    const { scale, zeroPoint } = { scale: scaleOf(home), zeroPoint: home.quantization!.zeroPoint[0] };
    const shifted = { scale, zeroPoint: zeroPoint - codeOffset[name] + codeOffset[outputs] };
    return this.named(
      value,
      this.form(value, outputs, 'QUANTIZE', () => this.addCodes(value, shifted, outputs)),
    );
  }

  /** A graph output keeps the name of the float one; what it is converted from takes another. */
  private named(value: Value, end: Value): Value {
    const home = this.homes.get(value)!;
    if (end !== home) {
      end.name = value.name;
      home.name = `${value.name}_${home.dtype}`;
    }
    return end;
  }
}
