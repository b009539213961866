// Owns importing a layers model: its layers are converted call by call, in the order of execution, models within models in place.

import type { Value } from 'zeropoint/graph';
import { quote } from '../../../quote';
import { type ImportAccount, unitsOf } from '../../account';
import { attempt } from '../../attempt';
import { requireInputNames } from '../../options';
import { type Named, refuseUnsupported } from '../../unsupported';
import { activationOf } from '../activation';
import type { TfjsBuilder } from '../builder';
import { addInput, type InputShapes } from '../input';
import { dependencyOrder } from '../order';
import type { Weights } from '../weights';
import { activationName, badModel, LayerCall } from './call';
import { layers as converters } from './index';
import { inputClass, inputSpecOf, type Layer, type Model, type Reference, TopologyReader } from './topology';

/** Names of inputs and outputs, as the model has them. */
export interface Ends {
  readonly inputs: readonly { name: string; value: Value }[];
  readonly outputs: readonly { name: string; value: Value }[];
}

/** One call of a layer within a model. */
interface Call {
  readonly layer: Layer;
  readonly inputs: readonly Reference[];
}

/** Layers and activations without a converter, of all models within models. */
function* unsupportedIn({ layers }: Model): Iterable<Named> {
  for (const { className, name, config, model } of layers) {
    if (model) yield* unsupportedIn(model);
    else if (className === inputClass) continue;
    else if (!converters.has(className)) yield { type: className, name };
    else if (activationOf(activationName(config)) === undefined) yield { type: `activation ${quote(activationName(config), 40)}`, name };
  }
}

/** The calls of a model's layers by reference, and their order. */
class Calls {
  private readonly byLayer = new Map<string, Call[]>();
  /**
   * Layers whose calls are counted from 0. Calls of models are counted from 1, since a model has a call of its own from the beginning
   * (Keras, Functional.get_config); but not those of Sequential models in Keras 3.
   */
  private readonly fromZero: ReadonlySet<string>;
  readonly order: readonly Call[];

  constructor(
    model: Model,
    private readonly where: string,
  ) {
    for (const layer of model.layers) {
      if (this.byLayer.has(layer.name)) badModel(`two layers are called '${layer.name}'`, where);
      this.byLayer.set(
        layer.name,
        layer.calls.map((inputs) => ({ layer, inputs })),
      );
    }
    const references = [...model.outputs, ...model.layers.flatMap(({ calls }) => calls.flat())];
    this.fromZero = new Set(references.flatMap(({ layer, call }) => (call === 0 ? [layer] : [])));
    const circle = ({ layer }: Call): never => badModel(`layer '${layer.name}' depends on its own result`, where);
    this.order = dependencyOrder(
      model.outputs.map((output) => this.find(output)),
      ({ inputs }) => inputs.map((input) => this.find(input)),
      circle,
    );
  }

  find({ layer, call }: Reference): Call {
    const calls = this.byLayer.get(layer) ?? badModel(`there is no layer '${layer}'`, this.where);
    const first = calls[0]?.layer.model && !this.fromZero.has(layer) ? 1 : 0;
    return calls[call - first] ?? badModel(`layer '${layer}' has no call ${call}`, this.where);
  }
}

class LayersImport {
  constructor(
    private readonly builder: TfjsBuilder,
    private readonly weights: Weights,
  ) {}

  /** The results of a model that is called on `inputs`. */
  apply(model: Model, inputs: readonly Value[], where: string): Value[] {
    if (inputs.length !== model.inputs.length) badModel(`it is called on ${inputs.length} inputs; it has ${model.inputs.length}`, where);
    this.builder.account.charge(unitsOf.node * model.layers.length, where);
    const calls = new Calls(model, where);
    const results = new Map<Call, Value[]>(model.inputs.map((input, i) => [calls.find(input), [inputs[i]]]));
    const resultOf = (reference: Reference): Value => {
      const { layer, tensor } = reference;
      return results.get(calls.find(reference))![tensor] ?? badModel(`layer '${layer}' has no result ${tensor}`, where);
    };
    for (const call of calls.order) {
      if (results.has(call)) continue;
      results.set(call, this.call(call, call.inputs.map(resultOf)));
    }
    return model.outputs.map(resultOf);
  }

  private call({ layer }: Call, inputs: readonly Value[]): Value[] {
    const { className, name, config, model } = layer;
    const { where } = config;
    if (model) return this.apply(model, inputs, where);
    if (className === inputClass) badModel('it is an input that its model does not list', where);
    if (inputs.length === 0) badModel('it has no input', where);
    return [attempt(() => converters.get(className)!(new LayerCall(this.builder, config, name, inputs, this.weights)), where)];
  }
}

/** Adds all layers to the graph of `builder`. @throws ModelError, see importTfjs */
export function importLayers(
  builder: TfjsBuilder,
  topology: { className: string; config: unknown },
  weights: Weights,
  account: ImportAccount,
  shapes: InputShapes,
): Ends {
  const where = 'the model';
  const model = new TopologyReader(account).model(topology.className, topology.config, where);
  builder.graph.name = quote(model.name);
  refuseUnsupported('the TensorFlow.js model uses layers', unsupportedIn(model));
  const layerOf = ({ layer }: Reference): Layer => {
    const found = model.layers.find(({ name, className }) => name === layer && className === inputClass);
    return found ?? badModel(`its input '${layer}' is no input layer`, where);
  };
  const specs = model.inputs.map((input) => inputSpecOf(layerOf(input)));
  requireInputNames(
    shapes.keys(),
    specs.map(({ name }) => name),
    'shapes',
  );
  const inputs = specs.map((spec) => ({ name: spec.name, value: addInput(builder, spec, shapes) }));
  const results = new LayersImport(builder, weights).apply(
    model,
    inputs.map(({ value }) => value),
    where,
  );
  return { inputs, outputs: model.outputs.map(({ layer }, i) => ({ name: layer, value: results[i] })) };
}
