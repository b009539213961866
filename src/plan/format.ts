// Owns the type of a format, a representation of activations in memory; each file in formats/ has one.
import type { TensorData, Value } from '../graph/graph';
import type { Binary, Exact } from './descriptor';
import type { PackingJob } from './pack';
import type { Address, AddressField } from './region';
import type { Image } from './step';

/** Where a value lies: dense codes or elements, or an image. */
export type Place = Address | { readonly image: Image; readonly format: Format };

/** The descriptor that every binary has: it zeroes borders. */
interface BorderDescriptors {
  Clear: { output: AddressField; images: number; rows: number; imageBytes: number; rowBytes: number } & Record<
    `${'top' | 'bottom' | 'left' | 'right'}Bytes`,
    number
  >;
}

/** The functions that conversions of formats are emitted with; implemented by lowering.ts. */
export interface Emitter {
  emit<D, O extends keyof D & string, F extends D[O]>(binary: Binary<D>, operator: O, fields: Exact<F, D[O]>): void;
  /** Dense codes or elements of a value. */
  dense(value: Value): Address;
  /** A value as an image of its own format, or of another that is made from it. */
  image(value: Value, format?: Format): Image;
  /** A constant of so many entries, made once per `key`, which must determine its content. */
  shared(key: string, entries: number, make: () => ArrayBufferView): Address;
  /** Adds work that is done once, at load. */
  pack(job: PackingJob): void;
}

export interface Format {
  readonly name: string;
  /** The binary that computes in this format. */
  readonly binary: Binary<BorderDescriptors>;
  readonly elementBytes: number;
  /** Whether products of padding lanes and zero weights are zero: not in float32, whose lanes may hold NaN, and NaN x 0 is NaN. */
  readonly multipliesPadding: boolean;
  /** Whether dense elements have the bytes of an image without border and padding lanes. */
  readonly denseIsImage: boolean;
  /** Whether values such as this are computed in this format; at most one format of a plan represents a value. */
  represents(value: Value): boolean;
  /** Whether equal codes of two represented values have equal elements, so that one may be an alias of the other. */
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
