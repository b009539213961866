// Owns the members of the MobileNet families that are measured, and what their papers say of cost and size.
import { mobilenetV1, mobilenetV2, mobilenetV3 } from 'zeropoint/mobilenet';

export type Family = 'V1' | 'V2' | 'V3-Large' | 'V3-Small';
export type Dtype = 'uint8' | 'int8';

export interface Member {
  readonly family: Family;
  readonly alpha: number;
  readonly resolution: number;
  readonly dtype: Dtype;
  /** Million multiply-adds and parameters as they are printed; undefined where the paper has no row. */
  readonly published?: readonly [multiplyAdds: string, parameters: string];
}

type Row = readonly [family: Family, alpha: number, resolution: number, published?: Member['published']];

const rows: readonly Row[] = [
  // Howard et al., "MobileNets" (arXiv:1704.04861), tables 6 and 7: widths at 224, resolutions at 1.0.
  ['V1', 1, 224, ['569', '4.2']],
  ['V1', 1, 192, ['418', '4.2']],
  ['V1', 1, 160, ['290', '4.2']],
  ['V1', 1, 128, ['186', '4.2']],
  ['V1', 0.75, 224, ['325', '2.6']],
  ['V1', 0.75, 192],
  ['V1', 0.75, 160],
  ['V1', 0.75, 128],
  ['V1', 0.5, 224, ['149', '1.3']],
  ['V1', 0.5, 192],
  ['V1', 0.5, 160],
  ['V1', 0.5, 128],
  ['V1', 0.25, 224, ['41', '0.5']],
  ['V1', 0.25, 192],
  ['V1', 0.25, 160],
  ['V1', 0.25, 128],
  // Sandler et al., "MobileNetV2" (arXiv:1801.04381), as its authors list all members: github.com/tensorflow/models, research/slim/nets/mobilenet.
  ['V2', 1.4, 224, ['582', '6.06']],
  ['V2', 1, 224, ['300', '3.47']],
  ['V2', 1, 192, ['221', '3.47']],
  ['V2', 1, 160, ['154', '3.47']],
  ['V2', 1, 128, ['99', '3.47']],
  ['V2', 0.75, 224, ['209', '2.61']],
  ['V2', 0.5, 224, ['97', '1.95']],
  ['V2', 0.35, 224, ['59', '1.66']],
  // Howard et al., "Searching for MobileNetV3" (arXiv:1905.02244), table 9.
  ['V3-Large', 1, 224, ['217', '5.4']],
  ['V3-Large', 1, 192, ['160', '5.4']],
  ['V3-Large', 1, 160, ['112', '5.4']],
  ['V3-Large', 1, 128, ['73', '5.4']],
  ['V3-Large', 0.75, 224, ['155', '4.0']],
  ['V3-Small', 1, 224, ['57', '2.5']],
  ['V3-Small', 1, 160, ['30', '2.5']],
  ['V3-Small', 1, 128, ['20', '2.5']],
  ['V3-Small', 0.75, 224, ['44', '2.0']],
];

export const members: readonly Member[] = rows.flatMap(([family, alpha, resolution, published]) =>
  (['uint8', 'int8'] as const).map((dtype) => ({ family, alpha, resolution, dtype, published })),
);

/** As in `MobileNetV3-Large 0.75-224 int8`. */
export function memberName({ family, alpha, resolution, dtype }: Member): string {
  return `MobileNet${family} ${Number.isInteger(alpha) ? alpha.toFixed(1) : alpha}-${resolution} ${dtype}`;
}

/** The member as .tflite bytes. */
export function buildMember({ family, alpha, resolution, dtype }: Member): Uint8Array {
  const options = { alpha, resolution, dtype };
  switch (family) {
    case 'V1':
      return mobilenetV1(options);
    case 'V2':
      return mobilenetV2(options);
    case 'V3-Large':
      return mobilenetV3('large', options);
    case 'V3-Small':
      return mobilenetV3('small', options);
  }
}
