// Owns what a float plan executes: descriptors for the float core and nodes for the host.
import type { FloatDescriptors } from '../core/abi-float';
import type { Node } from '../graph/graph';
import type { Layout } from '../plan/layout';
import type { Field, Reference, Region } from '../plan/region';
import type { HostStep } from '../plan/step';

export type FloatOperator = keyof FloatDescriptors<unknown>;

/** A float32 value in a layout with padding lanes and a border. */
export interface Image {
  readonly region: Region;
  readonly layout: Layout;
}

/** Where a value lies: dense elements, or an image. */
export type Place = Reference | Image;

export interface CoreStep {
  readonly kind: 'core';
  readonly operator: FloatOperator;
  readonly fields: Readonly<Record<string, Field>>;
}

export type Step = CoreStep | HostStep;

/** A node with its steps [first, last); none when its output is another name for memory that exists. */
export interface NodeSteps {
  readonly node: Node;
  readonly first: number;
  readonly last: number;
}

/** Constants that are laid out straight into linear memory, so that no second copy of the weights is kept. */
export interface Fill {
  readonly region: Region;
  readonly write: (target: Float32Array) => void;
}
