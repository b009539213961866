// Owns the operators of graph models that rearrange, repeat, join and split elements, and resize images.
import { elementCount, type OperatorType, type Value } from 'zeropoint/graph';
import type { Converter, NodeCall } from '../call';

export const reshape: Converter = (call) => call.builder.reshape(call.input(0), call.integers(1), call.name);

export const squeeze: Converter = (call) => {
  const x = call.input(0);
  const squeezeDims = call.ints('squeeze_dims').map((axis) => call.axis(axis, x.shape.length));
  return call.builder.node('SQUEEZE', { squeezeDims }, [x], call.name);
};

export const expandDims: Converter = (call) => {
  const x = call.input(0);
  const [axis] = call.integers(1);
  const resolved = call.axis(axis ?? Number.NaN, x.shape.length + 1);
  return call.builder.node('EXPAND_DIMS', {}, [x, call.builder.ints(`${call.name}/axis`, [resolved])], call.name);
};

/** Operators whose operands and order of operands are those of the graph's. */
export function direct(
  type: Extract<
    OperatorType,
    | 'TRANSPOSE'
    | 'PAD'
    | 'PADV2'
    | 'TILE'
    | 'BROADCAST_TO'
    | 'REVERSE_V2'
    | 'SLICE'
    | 'SPACE_TO_BATCH_ND'
    | 'BATCH_TO_SPACE_ND'
    | 'FILL'
    | 'RANGE'
    | 'GATHER_ND'
  >,
  operands: 2 | 3,
): Converter {
  return (call) => {
    const inputs = Array.from({ length: operands }, (_, i) => call.input(i));
    return call.builder.node(type, {}, inputs, call.name);
  };
}

export const mirrorPad: Converter = (call) => {
  const mode = call.text('mode', 'REFLECT');
  if (mode !== 'REFLECT' && mode !== 'SYMMETRIC') return call.fail('bad-option', `mode ${mode} is neither REFLECT nor SYMMETRIC`);
  return call.builder.node('MIRROR_PAD', { mode }, [call.input(0), call.input(1)], call.name);
};

/** The values, then the axis. */
export const concat: Converter = (call) => {
  const values = call.inputs.slice(0, -1);
  const [axis] = call.integers(values.length);
  const rank = values[0]?.shape.length ?? 0;
  if (values.length === 1) return values[0];
  return call.builder.node('CONCATENATION', { axis: call.axis(axis ?? Number.NaN, rank), activation: 'NONE' }, values, call.name);
};

export const pack: Converter = (call) => {
  const axis = call.axis(call.int('axis', 0), call.input(0).shape.length + 1);
  return call.builder.node('PACK', { axis, valuesCount: call.inputs.length }, [...call.inputs], call.name);
};

/** Names of `count` results, charged as the nodes are. */
function names(call: NodeCall, count: number): string[] {
  if (!(count >= 1 && count <= 4096)) call.fail('bad-option', `it has ${count} results; 1 to 4096 are supported`);
  return Array.from({ length: count }, (_, i) => (i === 0 ? call.name : `${call.name}:${i}`));
}

export const unpack: Converter = (call) => {
  const x = call.input(0);
  const axis = call.axis(call.int('axis', 0), x.shape.length);
  const num = x.shape[axis];
  return call.builder.nodes('UNPACK', { axis, num }, [x], names(call, num));
};

/** Inputs: axis, value. */
export const split: Converter = (call) => {
  const numSplits = call.int('num_split', 1);
  return call.builder.nodes('SPLIT', { numSplits }, [call.input(0), call.input(1)], names(call, numSplits));
};

/** Inputs: value, sizes, axis. */
export const splitV: Converter = (call) => {
  const sizes = call.integers(1);
  return call.builder.nodes(
    'SPLIT_V',
    { numSplits: sizes.length },
    [call.input(0), call.input(1), call.input(2)],
    names(call, sizes.length),
  );
};

export const stridedSlice: Converter = (call) => {
  const attributes = {
    beginMask: call.int('begin_mask', 0),
    endMask: call.int('end_mask', 0),
    ellipsisMask: call.int('ellipsis_mask', 0),
    newAxisMask: call.int('new_axis_mask', 0),
    shrinkAxisMask: call.int('shrink_axis_mask', 0),
    offset: false,
  };
  return call.builder.node(
    'STRIDED_SLICE',
    attributes,
    [0, 1, 2, 3].map((index) => call.input(index)),
    call.name,
  );
};

/** Inputs: value, indices, axis. */
export const gather: Converter = (call) => {
  const x = call.input(0);
  const [axis] = call.inputs.length > 2 ? call.integers(2) : [0];
  const attributes = { axis: call.axis(axis ?? Number.NaN, x.shape.length), batchDims: call.int('batch_dims', 0) };
  return call.builder.node('GATHER', attributes, [x, call.input(1)], call.name);
};

export function blocks(type: 'DEPTH_TO_SPACE' | 'SPACE_TO_DEPTH'): Converter {
  return (call) => {
    call.requireChannelsLast();
    return call.builder.node(type, { blockSize: call.int('block_size', 0) }, [call.input(0)], call.name);
  };
}

export function resize(type: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'): Converter {
  return (call) => {
    const flags = { alignCorners: call.flag('align_corners'), halfPixelCenters: call.flag('half_pixel_centers') };
    return call.builder.node(type, flags, [call.input(0), call.input(1)], call.name);
  };
}

/** Dimensions of a value; a batch that the file leaves open counts as 1. */
export const shape: Converter = (call) => call.builder.ints(call.name, call.input(0).shape);
export const rank: Converter = (call) => call.builder.ints(call.name, [call.input(0).shape.length], []);
export const size: Converter = (call) => call.builder.ints(call.name, [elementCount(call.input(0).shape)], []);

/** A constant of the operand's shape and type. */
export function filled(number: 0 | 1): Converter {
  return (call) => {
    const { shape, dtype } = call.input(0);
    if (dtype === 'bool') call.fail('bad-dtype', 'bool is not supported');
    const element: Value = call.builder.number(number, `${call.name}/element`, dtype === 'int32' ? 'int32' : 'float32');
    return call.builder.node('FILL', {}, [call.builder.ints(`${call.name}/shape`, shape), element], call.name);
  };
}
