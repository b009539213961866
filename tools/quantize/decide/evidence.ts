// Owns the evidence for a module: what an output's error gains by it on held samples, and how sure that is.

/** Errors of one output of a quantized network against the float network's. */
export interface HeadErrors {
  /** Sum (q - y)² per held sample; where the output holds indices, the number that differ. */
  readonly errors: Float64Array;
  /** Sum y² over all held samples; where the output holds indices, their number. */
  readonly signal: number;
  /** Sum of the errors that the output's codes alone have on all held samples, those of the float network's output in them; default 0. */
  readonly codes?: number;
  /** Of an output that a SOFTMAX or a LOGISTIC computes: the errors of its logits. */
  readonly logits?: HeadErrors;
  /** Of an output with several elements in its last dimension: the errors where each of these counts by its own signal. */
  readonly columns?: HeadErrors;
}

/** The gain of an output by a module, in dB. */
export interface Gain {
  /** Mean over the held samples of 10 log10 of the quotient of the sample's errors without and with the module. */
  readonly decibels: number;
  /** Standard error of that mean. */
  readonly deviation: number;
  /** The gain of the SQNR, which is 10 log10 of the quotient of the errors of all held samples together. */
  readonly pooled: number;
  /** Standard error of that, by the jackknife over samples (Efron, 1982). */
  readonly pooledDeviation: number;
}

export type Verdict = 'gains' | 'loses' | 'open';

/** Share of the signal that counts as error in any case, so that outputs without error have finite gains. */
const floor = 1e-9;

/**
 * Share of the mean error that is added to the errors of every sample: samples that are easy either way, as those of which a SOFTMAX is
 * sure, then count little.
 */
const easyShare = 0.05;

/** To 0.001 dB: the last bits of Math.log10 differ between engines, and what is decided and recorded must not. */
const rounded = (decibels: number): number => Math.round(decibels * 1000) / 1000;

const sum = (list: Float64Array): number => list.reduce((total, entry) => total + entry, 0);

/** Signal-to-quantization-noise ratio in dB; of an output without error that of the least error that counts. */
export const sqnrOf = ({ errors, signal }: HeadErrors): number =>
  10 * Math.log10((signal + Number.MIN_VALUE) / (sum(errors) + floor * signal + Number.MIN_VALUE));

/** Standard error of the mean of `list`. */
function standardError(list: Float64Array): number {
  const mean = sum(list) / list.length;
  const squares = list.reduce((total, entry) => total + (entry - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, list.length - 1) / list.length);
}

/**
 * The gain from `before` to `after`, which have errors on the same samples, so that what makes a sample hard cancels. The errors of
 * probabilities are those of a few samples, whose sum says little of the next ones; the mean over samples says more.
 */
export function gainOf(before: HeadErrors, after: HeadErrors): Gain {
  const samples = before.errors.length;
  const totals = [sum(before.errors), sum(after.errors)];
  const least = floor * before.signal + Number.MIN_VALUE;
  const easy = (easyShare * (totals[0] + totals[1])) / (2 * samples) + least / samples;
  const quotient = (a: number, b: number, added: number) => 10 * Math.log10((Math.max(0, a) + added) / (Math.max(0, b) + added));
  const gains = before.errors.map((error, i) => quotient(error, after.errors[i], easy));
  const without = before.errors.map((error, i) => quotient(totals[0] - error, totals[1] - after.errors[i], least));
  return {
    decibels: rounded(sum(gains) / samples),
    deviation: rounded(standardError(gains)),
    pooled: rounded(quotient(totals[0], totals[1], least)),
    pooledDeviation: rounded((samples - 1) * standardError(without)),
  };
}

/** 95 % quantiles of Student's t distribution for 1, 2, ... 15 degrees of freedom; for more, 1.75 is on the safe side. */
const quantiles = [6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83, 1.81, 1.8, 1.78, 1.77, 1.76, 1.75];

const quantileOf = (samples: number): number => quantiles[Math.min(Math.max(samples - 1, 1), quantiles.length) - 1];

/** Samples below which nothing is decided: their deviation says too little. */
export const minHeldSamples = 3;

/** A loss of more than this counts even where it may be chance, since the decision without the module is the safe one. */
const maxOpenLoss = 0.2;

/** Whether an output's SQNR falls by more than what a paired t test takes for chance. */
export function losesSurely({ pooled, pooledDeviation }: Gain, samples: number): boolean {
  return pooled < -maxOpenLoss && pooled < -quantileOf(samples) * pooledDeviation;
}

/**
 * An output gains where the gain is at least `minGain` dB and significant (paired t test, one-sided, 95 %), and its SQNR does not fall. It
 * loses where either falls by more than its standard error and `maxOpenLoss`.
 */
export function verdictOf({ decibels, deviation, pooled, pooledDeviation }: Gain, samples: number, minGain: number): Verdict {
  if (decibels < -Math.max(maxOpenLoss, deviation) || pooled < -Math.max(maxOpenLoss, pooledDeviation)) return 'loses';
  return decibels >= minGain && decibels > quantileOf(samples) * deviation && pooled >= 0 ? 'gains' : 'open';
}
