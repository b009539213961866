// Owns one trial: a network quantized with some choices, fitted on trial samples and judged on held ones. It depends on nothing but data, so
// that any thread can run it.
import type { Graph, Node } from 'zeropoint/graph';
import type { Ranges } from '../calibrate/ranges';
import type { Statistics } from '../calibrate/statistics';
import type { Step } from '../steps';
import type { Exceptions, Scheme } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { refinedDraft } from './choices';
import type { HeadErrors } from './decide/evidence';
import { everywhere, nowhere, type Scope } from './decide/heads';
import { type HeldSample, headErrors } from './decide/held';
import type { SampleInputs } from './survey';

/** What all trials of a network have in common. */
export interface TrialSetting {
  readonly scheme: Scheme;
  readonly weights: WeightMethod;
  readonly trial: readonly SampleInputs[];
  readonly held: readonly HeldSample[];
}

/** The values that a scope holds, by id; `everywhere` and `nowhere` by name. */
export type ScopeData = 'everywhere' | 'nowhere' | readonly number[];

export interface TrialData {
  /** The float network, scaled as chosen, with logits as outputs (`withLogits`). */
  readonly graph: Graph;
  /** Of the float network on the trial samples. */
  readonly statistics: Statistics;
  readonly tensors: Ranges['tensors'];
  readonly biasCorrection: ScopeData;
  readonly refit: ScopeData;
  readonly round: ScopeData;
  readonly exceptions: ExceptionData;
}

/** Indices of nodes. */
type ExceptionData = Readonly<Record<keyof Exceptions, readonly number[]>>;

export function exceptionData({ skip, int16, int4 }: Exceptions, { nodes }: Graph): ExceptionData {
  const indices = (set: ReadonlySet<Node>) => nodes.flatMap((node, i) => (set.has(node) ? [i] : []));
  return { skip: indices(skip), int16: indices(int16), int4: indices(int4) };
}

function exceptionNodes({ skip, int16, int4 }: ExceptionData, { nodes }: Graph): Exceptions {
  const nodesAt = (indices: readonly number[]) => new Set(indices.map((index) => nodes[index]));
  return { skip: nodesAt(skip), int16: nodesAt(int16), int4: nodesAt(int4) };
}

/** `scope` among the values of `graph`. */
export function scopeData(scope: Scope, { values }: Graph): ScopeData {
  if (scope === everywhere) return 'everywhere';
  return scope === nowhere ? 'nowhere' : values.filter(scope).map(({ id }) => id);
}

function scopeOf(data: ScopeData): Scope {
  if (data === 'everywhere') return everywhere;
  if (data === 'nowhere') return nowhere;
  const ids = new Set(data);
  return ({ id }) => ids.has(id);
}

/** Errors of every output of `data.graph` on the held samples, with one step each. */
export async function runTrial(data: TrialData, { scheme, weights, trial, held }: TrialSetting, step: Step): Promise<HeadErrors[]> {
  const { graph, statistics, tensors } = data;
  const choices = { biasCorrection: scopeOf(data.biasCorrection), refit: scopeOf(data.refit), round: scopeOf(data.round) };
  const exceptions = exceptionNodes(data.exceptions, graph);
  const draft = await refinedDraft(graph, tensors, choices, { statistics, samples: trial }, { scheme, weights, exceptions });
  return headErrors(draft.graph, held, step);
}
