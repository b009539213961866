// Owns float32, the format of float values on a binary of their own; only the entry `zeropoint/float` binds it.
import { type FloatDescriptors, floatOperators } from '../../core/abi-float';
import { elementCount } from '../../graph/graph';
import type { Binary } from '../descriptor';
import { denseImage, imageFields, origin, pixelFields } from '../fields';
import type { Emitter, Format } from '../format';
import { forEachSpan } from '../layout';
import type { Address, AddressField } from '../region';
import type { Image } from '../step';

/** The binary of float networks. */
export const floatCore: Binary<FloatDescriptors<AddressField>> = { name: 'float', operators: floatOperators };

/** Copies every pixel of `source` into the layout of `target`, from its first pixel or from `output` on. */
export function copyImage(emitter: Emitter, source: Image, target: Image, output: Address = origin(target)): void {
  emitter.emit(floatCore, 'Copy', {
    ...pixelFields(source, target),
    ...imageFields(source.layout),
    output,
    elements: source.layout.channels,
  });
}

export const float32: Format = {
  name: 'float32',
  binary: floatCore,
  elementBytes: 4,
  multipliesPadding: false,
  denseIsImage: true,
  represents: ({ dtype }) => dtype === 'float32',
  sameElements: () => true,
  fill(emitter, value, image) {
    copyImage(emitter, denseImage(value, 4, emitter.dense(value)), image);
  },
  fillConstant(emitter, value, { region, layout }) {
    const data = value.data as Float32Array;
    const write = (target: Float32Array) => {
      let from = 0;
      forEachSpan(layout, (begin, count) => {
        target.set(data.subarray(from, from + count), begin);
        from += count;
      });
    };
    emitter.pack({ region, write });
  },
  toDense(emitter, value, image, dense) {
    copyImage(emitter, image, denseImage(value, 4, dense));
  },
  read(memory, value, { region, layout }) {
    const dense = new Float32Array(elementCount(value.shape));
    const elements = new Float32Array(memory, region.address, layout.bytes / 4);
    let to = 0;
    forEachSpan(layout, (begin, count) => {
      dense.set(elements.subarray(begin, begin + count), to);
      to += count;
    });
    return dense;
  },
};
