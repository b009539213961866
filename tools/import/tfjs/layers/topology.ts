// Owns reading the topology of Keras models from JSON: layers, what each of their calls takes, and models within models.
import type { DType } from 'zeropoint/graph';
import { isObject } from '../../../json';
import { quote } from '../../../quote';
import { type ImportAccount, unitsOf } from '../../account';
import { Config } from '../config';
import type { InputSpec } from '../input';
import { badModel } from './call';

/** Result `tensor` of call `call` of a layer. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** A layer is called once or, if it is shared, several times; an input layer has one call without references. */
export interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: Config;
  readonly calls: readonly (readonly Reference[])[];
  /** Of a layer that is a model. */
  readonly model?: Model;
}

export interface Model {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
}

export const inputClass = 'InputLayer';
const modelClasses: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);
/** Levels of models within models, and of lists and objects around a reference. */
const maxDepth = 16;

/** `["conv1", 0, 0]`, with keyword arguments behind that are not read. */
function isReference(value: unknown): value is [string, number, number] {
  return Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && Number.isInteger(value[2]);
}

/** All references in `value`: lists as Keras 2 writes them, or members of objects, as the `keras_history` of tensors in Keras 3. */
function referencesIn(value: unknown, where: string, depth = 0): Reference[] {
  if (depth > maxDepth) badModel('its references are nested too deeply', where);
  if (isReference(value)) return [{ layer: value[0], call: value[1], tensor: value[2] }];
  if (Array.isArray(value)) return value.flatMap((entry) => referencesIn(entry, where, depth + 1));
  if (!isObject(value)) return [];
  return Object.values(value).flatMap((entry) => referencesIn(entry, where, depth + 1));
}

/** Keras 2: [reference, ..], the last entry of each holds keyword arguments. Keras 3: { args, kwargs }. */
function callReferences(call: unknown, where: string): Reference[] {
  if (isReference(call)) return referencesIn(call, where);
  if (!Array.isArray(call)) return referencesIn(call, where);
  return call.map((entry, i) => (isReference(entry) ? referencesIn(entry, where)[0] : badModel(`its input ${i} names no layer`, where)));
}

/** Reads a model from its class and configuration. @throws ModelError `bad-graph`, `bad-option`, `too-large` */
export class TopologyReader {
  constructor(private readonly account: ImportAccount) {}

  model(className: string, value: unknown, where: string, depth = 0): Model {
    if (depth > maxDepth) badModel(`models within models are nested more than ${maxDepth} deep`, where);
    // Sequential models of early versions are the list of their layers.
    const config = new Config(
      Array.isArray(value) ? { layers: value } : isObject(value) ? value : badModel('it has no configuration', where),
      where,
    );
    const entries = config.list('layers');
    if (entries.length === 0) badModel('it has no layers', where);
    const layers = entries.map((entry) => this.layer(entry, where, depth));
    const name = config.text('name', className);
    if (className === 'Sequential') return sequential(name, config, layers, where);
    const [inputs, outputs] = ['input_layers', 'output_layers'].map((part) => referencesIn(config.member(part) ?? [], where));
    if (inputs.length === 0 || outputs.length === 0) badModel('it names no inputs or no outputs', where);
    return { name, layers, inputs, outputs };
  }

  private layer(value: unknown, owner: string, depth: number): Layer {
    this.account.charge(unitsOf.message, owner);
    if (!isObject(value)) return badModel('an entry of its layers is no object', owner);
    const outer = new Config(value, owner);
    const className = outer.text('class_name', '');
    const inner = value.config;
    const named = isObject(inner) ? new Config(inner, owner).text('name', outer.text('name', '')) : outer.text('name', '');
    const name = named || className.toLowerCase();
    const where = `layer '${quote(name)}' (${quote(className)})`;
    const calls = outer.list('inbound_nodes').map((call) => callReferences(call, where));
    this.account.charge(unitsOf.scalar * calls.reduce((sum, { length }) => sum + length, calls.length), where);
    const model = modelClasses.has(className) ? this.model(className, inner, where, depth + 1) : undefined;
    const config = new Config(isObject(inner) ? inner : {}, where);
    return { className, name, config, calls: className === inputClass ? [[]] : calls, model };
  }
}

/** Each layer takes the result of the one before; a first layer that is no input is given one. */
function sequential(name: string, config: Config, layers: readonly Layer[], where: string): Model {
  const [first] = layers;
  const chain = first.className === inputClass ? layers : [impliedInput(first, config, where), ...layers];
  const called = chain.map((layer, i): Layer => (i === 0 ? layer : { ...layer, calls: [[reference(chain[i - 1].name)]] }));
  return { name, layers: called, inputs: [reference(called[0].name)], outputs: [reference(called[called.length - 1].name)] };
}

const reference = (layer: string): Reference => ({ layer, call: 0, tensor: 0 });

function impliedInput(first: Layer, sequence: Config, where: string): Layer {
  const source = first.model ? inputLayerOf(first.model)?.config : first.config;
  const shape = source && dimensionsOf(source);
  const batch_input_shape = (shape ?? dimensionsOf(sequence, 'build_input_shape'))?.map((size) => size ?? null);
  const members = { batch_input_shape, dtype: source?.member('dtype') };
  return { className: inputClass, name: `${first.name}_input`, config: new Config(members, where), calls: [[]] };
}

function inputLayerOf({ layers, inputs }: Model): Layer | undefined {
  return layers.find(({ name }) => name === inputs[0].layer);
}

/** The declared dimensions, undefined where they are open. */
function dimensionsOf(config: Config, ...names: string[]): (number | undefined)[] | undefined {
  const members = names.length > 0 ? names : ['batch_input_shape', 'batch_shape'];
  const shape = members.map((name) => config.member(name)).find((value) => value !== undefined);
  if (!Array.isArray(shape)) return undefined;
  return shape.map((size) =>
    size === null || size === -1 ? undefined : Number.isInteger(size) ? size : config.fail('bad-shape', 'its shape is no list of sizes'),
  );
}

const dtypes: Readonly<Record<string, DType>> = {
  int32: 'int32',
  int64: 'int32',
  int16: 'int32',
  uint8: 'int32',
  int8: 'int32',
  bool: 'bool',
};

/** Name, dimensions and type of an input layer; floats of any width are float32. */
export function inputSpecOf({ name, config }: Layer): InputSpec {
  const dtype = config.member('dtype');
  return {
    name,
    dimensions: dimensionsOf(config),
    dtype: (typeof dtype === 'string' && Object.hasOwn(dtypes, dtype) && dtypes[dtype]) || 'float32',
  };
}
