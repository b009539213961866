// Owns the decision on one module: everywhere, in the parts of the network whose outputs gain, or nowhere.
import { type Gain, gainOf, type HeadErrors, losesSurely, type Verdict, verdictOf } from './evidence';
import { everywhere, partOf, type Reach, type Scope } from './heads';

/** What was decided on a module, and by which evidence; the file's provenance keeps it. */
export interface Decision {
  readonly module: string;
  readonly applied: 'everywhere' | 'in part' | 'nowhere';
  /** Gains of every output by the module where it was applied, or, applied nowhere, by trying it everywhere; in dB. */
  readonly gains: readonly Gain[];
}

/** A quantized network that was tried. */
export interface Judged {
  /** One entry per output of the graph. */
  readonly heads: readonly HeadErrors[];
}

interface Compared {
  readonly gains: readonly Gain[];
  readonly gaining: ReadonlySet<number>;
  readonly losing: ReadonlySet<number>;
}

/** A module, and the least gain in dB for which it is applied. */
export interface Criterion {
  readonly module: string;
  readonly minGain: number;
  /** Judge probabilities by themselves: the module gives up precision of logits for that of probabilities. */
  readonly byProbabilities?: boolean;
}

/** Probabilities are judged by their logits, unless they surely lose themselves. */
function judgeHead(before: HeadErrors, after: HeadErrors, { minGain, byProbabilities }: Criterion): { gain: Gain; verdict: Verdict } {
  const samples = before.errors.length;
  const gain = gainOf(before, after);
  if (!before.logits || !after.logits || byProbabilities) return { gain, verdict: verdictOf(gain, samples, minGain) };
  const ofLogits = gainOf(before.logits, after.logits);
  return { gain: ofLogits, verdict: losesSurely(gain, samples) ? 'loses' : verdictOf(ofLogits, samples, minGain) };
}

function compareHeads(before: Judged, after: Judged, criterion: Criterion): Compared {
  const judged = before.heads.map((head, i) => judgeHead(head, after.heads[i], criterion));
  const gains = judged.map(({ gain }) => gain);
  const verdicts = judged.map(({ verdict }) => verdict);
  const with_ = (verdict: Verdict) => new Set(verdicts.flatMap((found, i) => (found === verdict ? [i] : [])));
  return { gains, gaining: with_('gains'), losing: with_('loses') };
}

/**
 * Tries a module on the network of `base` in all of it; where some outputs gain and others lose, in the part that leads to gaining outputs
 * alone. It is applied where an output gains and none loses, else `base` stays.
 */
export async function decide<T extends Judged>(
  criterion: Criterion,
  reach: Reach,
  base: T,
  attempt: (scope: Scope) => Promise<T>,
): Promise<{ readonly chosen: T; readonly scope: Scope | undefined; readonly decision: Decision }> {
  const { module } = criterion;
  const whole = await attempt(everywhere);
  const found = compareHeads(base, whole, criterion);
  const rejected = { chosen: base, scope: undefined, decision: { module, applied: 'nowhere', gains: found.gains } } as const;
  if (found.gaining.size === 0) return rejected;
  if (found.losing.size === 0) {
    return { chosen: whole, scope: everywhere, decision: { module, applied: 'everywhere', gains: found.gains } };
  }
  const scope = partOf(reach, found.gaining, found.losing);
  if (![...reach.keys()].some((id) => scope({ id }))) return rejected;
  const part = await attempt(scope);
  const inPart = compareHeads(base, part, criterion);
  if (inPart.gaining.size === 0 || inPart.losing.size > 0) return rejected;
  return { chosen: part, scope, decision: { module, applied: 'in part', gains: inPart.gains } };
}
