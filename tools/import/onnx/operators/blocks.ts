// Owns DepthToSpace and SpaceToDepth.
import type { Call, Converter } from '../call';
import { shapeOf } from '../operand';

function blockSize(call: Call): number {
  const size = call.int('blocksize', 0);
  if (!(size >= 1)) call.fail('bad-option', `blocksize is ${size}; an integer >= 1 is needed`);
  if (call.isLine) call.fail('bad-shape', `its input [${shapeOf(call.operand(0))}] is no image`);
  return size;
}

/** Channels are counted row, column, depth (DCR, as in TensorFlow Lite) or depth, row, column (CRD): those are brought into the first order. */
export const depthToSpace: Converter = (call) => {
  const size = blockSize(call);
  const { builder, output } = call;
  const mode = call.text('mode', 'DCR');
  if (mode !== 'DCR' && mode !== 'CRD') call.fail('bad-option', `mode is '${mode}', which ONNX does not define`);
  const image = call.imageValue();
  const channels = image.shape[3];
  const depth = channels / size ** 2;
  if (!Number.isInteger(depth)) call.fail('bad-shape', `${channels} channels do not split into blocks of ${size} x ${size}`);
  const isDirect = mode === 'DCR' || depth === 1;
  if (!isDirect) call.charge(channels);
  const order = () => Array.from({ length: channels }, (_, to) => (to % depth) * size ** 2 + Math.floor(to / depth));
  const channelOrder = () => builder.ints(`${output}/order`, order());
  const ordered = isDirect ? image : builder.node('GATHER', { axis: 3, batchDims: 0 }, [image, channelOrder()], `${output}/ordered`);
  return call.imageOf(builder.node('DEPTH_TO_SPACE', { blockSize: size }, [ordered], output));
};

export const spaceToDepth: Converter = (call) => {
  const size = blockSize(call);
  return call.imageOf(call.builder.node('SPACE_TO_DEPTH', { blockSize: size }, [call.imageValue()], call.output));
};
