// Owns what a representation of activations is: a Format, of which formats/ has one value per file.
import type { TensorData, Value } from '../graph/graph';
import type { Binary, Exact } from './descriptor';
import type { PackingJob } from './pack';
import type { Address, AddressField } from './region';
import type { Image } from './step';

/** Where a value lies: dense codes or elements, or an image. */
export type Place = Address | { readonly image: Image; readonly format: Format };

/** The descriptor that every binary has: it zeroes borders. */
export interface BorderDescriptors {
  Clear: { output: AddressField; images: number; rows: number; imageBytes: number; rowBytes: number } & Record<
    `${'top' | 'bottom' | 'left' | 'right'}Bytes`,
    number
  >;
}

/** What a format's conversions are written with; lowering.ts implements it. */
export interface Emitter {
  emit<D, O extends keyof D & string, F extends D[O]>(binary: Binary<D>, operator: O, fields: Exact<F, D[O]>): void;
  /** Dense codes or elements of a value. */
  dense(value: Value): Address;
  /** A value as an image of its own format, or of another that is made from it. */
  image(value: Value, format?: Format): Image;
  /** A constant made once per `key`, which must determine its content. */
  shared(key: string, make: () => ArrayBufferView): Address;
  /** Work done once, at load. */
  pack(job: PackingJob): void;
}

export interface Format {
  readonly name: string;
  /** Computes on this format. */
  readonly binary: Binary<BorderDescriptors>;
  readonly elementBytes: number;
  /** Whether padding lanes hold numbers, so that zero weights silence them. Lanes of float32 may hold NaN, and NaN x 0 is NaN. */
  readonly multipliesPadding: boolean;
  /** Whether dense elements have the bytes of an image without border and padding lanes. */
  readonly denseIsImage: boolean;
  /** Whether this is the format that the core computes the value in; at most one format of a plan says so. */
  represents(value: Value): boolean;
  /** Whether equal codes of two represented values are equal elements, so that one may be another name for the other. */
  sameElements(a: Value, b: Value): boolean;
  /** Emits the steps that make an image of a value from its dense form, or from its image in another format. */
  fill(emitter: Emitter, value: Value, image: Image): void;
  /** Plans the making of a constant's image, which has no border, at load. */
  fillConstant(emitter: Emitter, value: Value, image: Image): void;
  /** Emits the steps that make the dense form of a value. */
  toDense(emitter: Emitter, value: Value, image: Image, dense: Address): void;
  /** Dense codes or elements of a value, copied out of its image. */
  read(memory: ArrayBufferLike, value: Value, image: Image): TensorData;
}
