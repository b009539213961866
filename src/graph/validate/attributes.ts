// Owns the check of node attributes against their ranges, and of those that contradict each other.
import { attributesOf } from '../attributes';
import type { Node } from '../graph';
import { reject } from '../reject';

/** Throws `bad-option` naming the first attribute out of its range. */
export function checkAttributes(node: Node): void {
  const attributes = node.attributes as Readonly<Record<string, unknown>>;
  for (const { name, attribute } of attributesOf(node.type)) {
    const fault = attribute.fault(attributes[name]);
    if (fault) reject('bad-option', node, `${name} is ${attributes[name]}; it ${fault}`);
  }
  if (node.type === 'TRANSPOSE_CONV' && typeof attributes.padding === 'object') {
    reject('bad-option', node, 'its padding must be SAME or VALID');
  }
  if (attributes.alignCorners && attributes.halfPixelCenters && node.type === 'RESIZE_BILINEAR') {
    reject('bad-option', node, 'align_corners and half_pixel_centers exclude each other');
  }
  const { activation = 'NONE' } = attributes;
  if (activation === 'NONE') return;
  // concatenation.cc and l2norm.cc refuse any; the kernels clamp int64 nowhere.
  if (node.type === 'CONCATENATION' || node.type === 'L2_NORMALIZATION') reject('bad-option', node, 'it takes no activation');
  if (node.outputs[0].dtype === 'int64') reject('unsupported-feature', node, `activation ${activation} is not supported on int64`);
}
