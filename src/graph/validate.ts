// Owns the order of all semantic checks of a graph: afterwards its shapes are set, and kernels run without checks of their own.
import type { Account } from '../account';
import { ModelError } from '../errors';
import { checkAttributes } from './attributes';
import { allocate, elementCount, type Graph } from './graph';
import { reject, rejectValue } from './reject';
import type { Evaluate } from './shape-operands';
import { type InferOptions, inferShapes } from './shapes';
import { checkGeometry } from './validate/geometry';
import { checkDtypes } from './validate/operands';
import { checkQuantization, SoundQuantizations } from './validate/quantization';
import { checkScales } from './validate/scales';
import { checkStructure } from './validate/structure';
import { MultiplierTable } from './weighted';
import { workOf } from './work';

/** Of a run, per image, unless an option says otherwise: multiply-adds and element operations (see workOf), and nanoseconds of its plan. */
export const defaultMaxOperations = 2e11;

interface ValidateOptions {
  /** See InferOptions. */
  batch?: number;
  shapes?: InferOptions['shapes'];
  /** The reference kernels, called for shapes that the graph computes. */
  evaluate: Evaluate;
  /** Of the load that this is part of; absent: nothing is charged. */
  account?: Account;
  /** Of a run, per image; default 2 x 10^11. */
  maxOperations?: number;
  /** Filled here, for planning to use again. */
  multipliers?: MultiplierTable;
}

/**
 * Checks everything about `graph` that does not depend on a run's data, and sets all shapes (see inferShapes). What TensorFlow Lite's
 * kernels refuse is refused; what they accept is accepted unless it would make a kernel read or write outside its tensors.
 * @throws ModelError `bad-graph`, `bad-dtype`, `bad-option`, `bad-quantization`, `bad-shape`, `dynamic-shape`,
 * `unsupported-operator`, `unsupported-feature`, `too-large`; `bad-argument` for a batch that is no integer >= 1, and for `shapes` that
 * do not fit
 */
export function validate(graph: Graph, options: ValidateOptions): void {
  const { batch, shapes, evaluate, account, maxOperations = defaultMaxOperations, multipliers = new MultiplierTable(account) } = options;
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1)) {
    throw new ModelError('bad-argument', `batch is ${String(batch)}; it must be an integer >= 1`);
  }
  if (batch !== undefined && graph.states?.length)
    throw new ModelError('bad-argument', 'a model that keeps a state from run to run has the batch of its file; leave batch out');
  checkStructure(graph);
  for (const node of graph.nodes) {
    checkDtypes(node);
    checkAttributes(node);
  }
  const sound = new SoundQuantizations(account);
  let work = 0;
  const limit = maxOperations * (batch ?? 1);
  inferShapes(graph, {
    batch,
    shapes,
    evaluate,
    account,
    check: (node, context) => {
      checkQuantization(node, sound);
      checkScales(node, multipliers);
      checkGeometry(node, context);
      work += workOf(node);
      if (work > limit)
        reject('too-large', node, `up to here a run takes more than ${limit} operations; raise maxOperations if you trust it`);
    },
  });
  checkEnds(graph, batch ?? 1);
  checkStates(graph);
}

/** What a run leaves to the next fits what it begins with. */
function checkStates({ states = [] }: Graph): void {
  for (const { name, input, output, initial } of states) {
    const count = elementCount(input.shape);
    if (elementCount(output.shape) !== count)
      rejectValue('bad-shape', output, `of shape [${output.shape}] does not fit the state '${name}' of shape [${input.shape}]`);
    if (initial && (initial.length !== count || initial.constructor !== allocate(input.dtype, 0).constructor))
      rejectValue('bad-graph', input, `${initial.length} initial elements do not fit ${input.dtype} [${input.shape}]`);
  }
}

/** Graph inputs have elements and a dtype that runs can give; graph outputs have the batch as a factor of their leading dimension. */
function checkEnds(graph: Graph, batch: number): void {
  for (const value of graph.inputs) {
    if (value.shape.includes(0)) {
      rejectValue('bad-shape', value, `of shape [${value.shape}] has no elements`);
    }
    if (value.dtype === 'float16') {
      rejectValue('bad-dtype', value, 'float16 is supported in constants only');
    }
  }
  for (const value of graph.outputs) {
    if (value.shape.length > 0 && value.shape[0] % batch !== 0) {
      rejectValue('bad-shape', value, `shape [${value.shape}] does not follow batch ${batch}; it must be 1 for this model`);
    }
  }
}
