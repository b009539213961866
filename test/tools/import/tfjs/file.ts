// Owns writing TensorFlow.js models for tests: model.json and shards, of Keras layers or as a graph, with weights drawn by seed.
import { Random } from '../../../support/random';

/** A weight or an input; float32 unless `dtype` says otherwise. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

export interface TfjsFile {
  /** model.json, parsed. */
  readonly json: Record<string, unknown>;
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Seeded normal elements. */
export function random(shape: readonly number[], seed: number): Tensor {
  const generator = new Random(seed);
  return { shape, data: Float32Array.from({ length: elements(shape) }, () => generator.normal()) };
}

export const ints = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor => ({ shape, data, dtype: 'int32' });
export const floats = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor => ({
  shape,
  data: Float32Array.from(data),
});

function bytesOf({ data, dtype = 'float32' }: Tensor): Uint8Array {
  const array = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].from(data);
  return new Uint8Array(array.buffer);
}

/** All weights in one group of `paths.length` shards of about equal length. */
export function manifestOf(weights: ReadonlyMap<string, Tensor>, paths: readonly string[] = ['weights.bin']) {
  const parts = [...weights.values()].map(bytesOf);
  const whole = new Uint8Array(parts.flatMap((part) => [...part]));
  const each = Math.ceil(whole.length / paths.length);
  const shards = new Map(paths.map((path, i) => [path, whole.slice(i * each, (i + 1) * each)]));
  const specs = [...weights].map(([name, { shape, dtype = 'float32' }]) => ({ name, shape, dtype }));
  return { weightsManifest: [{ paths, weights: specs }], shards };
}

/** A layers model around `topology`, the class and configuration of a Keras model. */
export function layersFile(topology: unknown, weights: ReadonlyMap<string, Tensor>, paths?: readonly string[]): TfjsFile {
  const { weightsManifest, shards } = manifestOf(weights, paths);
  return { json: { format: 'layers-model', generatedBy: 'test', convertedBy: null, modelTopology: topology, weightsManifest }, shards };
}

export interface Layer {
  readonly className: string;
  readonly config?: Record<string, unknown>;
  readonly name: string;
  /** Names of layers, per call; one call where it is a list of names. */
  readonly inputs?: readonly string[];
}

/** A Functional model of input layers and `layers`, each called once. */
export function functional(
  name: string,
  inputs: Readonly<Record<string, readonly (number | null)[]>>,
  layers: readonly Layer[],
  outputs: readonly string[],
): { class_name: string; config: Record<string, unknown> } {
  const entries = Object.entries(inputs).map(([input, shape]) => ({
    class_name: 'InputLayer',
    config: { batch_input_shape: shape, dtype: 'float32', sparse: false, name: input },
    name: input,
    inbound_nodes: [],
  }));
  const isModel = new Map(layers.map((layer) => [layer.name, /^(Functional|Model|Sequential)$/.test(layer.className)]));
  const reference = (layer: string) => [layer, isModel.get(layer) ? 1 : 0, 0, {}];
  const called = layers.map(({ className, config = {}, name: layer, inputs: from = [] }) => ({
    class_name: className,
    config: { name: layer, trainable: true, ...config },
    name: layer,
    inbound_nodes: [from.map(reference)],
  }));
  return {
    class_name: 'Functional',
    config: {
      name,
      layers: [...entries, ...called],
      input_layers: Object.keys(inputs).map((input) => [input, 0, 0]),
      output_layers: outputs.map((output) => reference(output).slice(0, 3)),
    },
  };
}

export type Attribute =
  | number
  | boolean
  | string
  | { readonly float: number }
  | { readonly type: string }
  | { readonly ints: readonly number[] }
  | { readonly texts: readonly string[] };

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

function attributeOf(value: Attribute): Record<string, unknown> {
  if (typeof value === 'number') return { i: String(value) };
  if (typeof value === 'boolean') return { b: value };
  if (typeof value === 'string') return { s: base64(value) };
  if ('float' in value) return { f: value.float };
  if ('type' in value) return { type: value.type };
  if ('ints' in value) return { list: { i: value.ints.map(String) } };
  return { list: { s: value.texts.map(base64) } };
}

export interface GraphNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface GraphModel {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
}

const dims = (shape: readonly number[]) => ({ dim: shape.map((size) => ({ size: String(size) })) });
const types = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' } as const;

/** A graph model; an open dimension is -1. */
export function graphFile({ inputs, constants = {}, nodes, outputs }: GraphModel): TfjsFile {
  const { weightsManifest, shards } = manifestOf(new Map(Object.entries(constants)));
  const placeholders = Object.entries(inputs).map(([name, shape]) => ({
    name,
    op: 'Placeholder',
    attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: dims(shape) } },
  }));
  const held = Object.entries(constants).map(([name, { shape, dtype = 'float32' }]) => ({
    name,
    op: 'Const',
    attr: { dtype: { type: types[dtype] }, value: { tensor: { dtype: types[dtype], tensorShape: dims(shape) } } },
  }));
  const node = nodes.map(({ op, name, inputs: input, attributes = {} }) => ({
    name,
    op,
    input,
    attr: { T: { type: 'DT_FLOAT' }, ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)])) },
  }));
  const ends = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { name: name.includes(':') ? name : `${name}:0`, dtype: 'DT_FLOAT' }]));
  const signature = { inputs: ends(Object.keys(inputs)), outputs: ends(outputs) };
  const modelTopology = { node: [...placeholders, ...held, ...node], library: {}, versions: {} };
  return { json: { format: 'graph-model', generatedBy: 'test', convertedBy: 'test', signature, modelTopology, weightsManifest }, shards };
}

/** The bytes of model.json. */
export function bytesOfJson({ json }: TfjsFile): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
