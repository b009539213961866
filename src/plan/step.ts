// Owns what a plan executes: descriptors for the core and nodes for the host.
import type { Descriptors } from '../core/abi';
import type { Node, TensorData } from '../graph/graph';
import type { FloatSegment } from './float-segment';
import type { Layout } from './layout';
import type { Field, Reference, Region } from './region';

export type CoreOperator = keyof Descriptors<unknown>;

/** A centred int16 activation. */
export interface Centred {
  readonly region: Region;
  readonly layout: Layout;
}

/** One descriptor. `node` is the operator that it serves, conversions for it included. */
export interface CoreStep {
  readonly kind: 'core';
  readonly operator: CoreOperator;
  readonly fields: Readonly<Record<string, Field>>;
  readonly node: Node | undefined;
}

/** One node run by its reference kernel on dense tensors: constants as they are, everything else in linear memory. */
export interface HostStep {
  readonly kind: 'host';
  readonly node: Node;
  readonly inputs: readonly (Reference | TensorData | undefined)[];
  readonly outputs: readonly Reference[];
}

/** Neighbouring float nodes on the float32 binary, from and to dense tensors. */
export interface FloatStep {
  readonly kind: 'float';
  readonly segment: FloatSegment;
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
}

export type Step = CoreStep | HostStep | FloatStep;
