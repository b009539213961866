// Owns one call of a Keras layer while it is converted: its configuration, inputs and weights, its name, its errors.
import { type ErrorCode, ModelError } from 'zeropoint';
import type { Padding, Value } from 'zeropoint/graph';
import { quote } from '../../../quote';
import { activationOf } from '../activation';
import type { TfjsBuilder } from '../builder';
import type { Config } from '../config';
import type { Weight, Weights } from '../weights';

/** Turns one call of a layer into nodes of the graph; its result. */
export type LayerConverter = (call: LayerCall) => Value;

export class LayerCall {
  constructor(
    readonly builder: TfjsBuilder,
    readonly config: Config,
    /** The layer's name; names of its values begin with it. */
    readonly name: string,
    readonly inputs: readonly Value[],
    private readonly weights: Weights,
  ) {}

  /** @throws ModelError with this layer as the place */
  fail(code: ErrorCode, message: string): never {
    return this.config.fail(code, message);
  }

  /** The only input of the layer. @throws ModelError `bad-graph` where it has others */
  get input(): Value {
    if (this.inputs.length !== 1) this.fail('bad-graph', `it has ${this.inputs.length} inputs; one is needed`);
    return this.inputs[0];
  }

  /** The input of a layer for `rank` dimensions, the batch included. */
  inputOfRank(rank: number): Value {
    const { input } = this;
    if (input.shape.length !== rank) this.fail('bad-shape', `its input has shape [${input.shape}]; ${rank} dimensions are needed`);
    return input;
  }

  optionalWeight(role: string, index: number): Weight | undefined {
    return this.weights.of(this.name, role, index);
  }

  /** `index`: its number among the layer's weights, in the order of their creation. @throws ModelError `malformed` where it is missing */
  weight(role: string, index: number): Weight {
    return (
      this.optionalWeight(role, index) ??
      this.fail('malformed', `the weights hold no '${quote(this.name)}/${role}'; is the model complete?`)
    );
  }

  /** A weight as a constant of the graph. */
  constant(role: string, index: number): Value {
    return this.builder.weight(this.weight(role, index));
  }

  bias(index: number): Value | undefined {
    return this.config.flag('use_bias', true) ? this.constant('bias', index) : undefined;
  }

  /** SAME or VALID. */
  padding(): Padding {
    const padding = this.config.text('padding', this.config.text('border_mode', 'valid'));
    if (padding === 'same' || padding === 'valid') return padding === 'same' ? 'SAME' : 'VALID';
    return this.fail('bad-option', `its padding '${quote(padding)}' is neither same nor valid`);
  }

  /** @throws ModelError `unsupported-feature` for channels first, which TensorFlow.js itself transposes */
  requireChannelsLast(): void {
    if (this.config.text('data_format', 'channels_last') === 'channels_last') return;
    this.fail('unsupported-feature', 'its data_format is channels_first; convert the model with channels_last');
  }

  /** `x` after the function that the member `activation` names. */
  activated(x: Value): Value {
    const activation = activationName(this.config);
    const activate = activationOf(activation) ?? this.fail('unsupported-operator', `activation '${quote(activation)}' is not supported`);
    return activate(this.builder, x, this.name);
  }

  /** Name of a value before the activation: that of the layer where it has none. */
  get inner(): string {
    return activationName(this.config) === 'linear' ? this.name : `${this.name}/linear`;
  }
}

/** An activation is a name, or an object that names a class. */
export function activationName(config: Config): string {
  const value = config.member('activation');
  if (typeof value === 'object' && !Array.isArray(value)) return config.object('activation')!.text('class_name', '');
  return config.text('activation', 'linear');
}

/** An error of `where` for a structure that cannot be meant. */
export function badModel(message: string, where: string): never {
  throw new ModelError('bad-graph', quote(message, 400), { where });
}
