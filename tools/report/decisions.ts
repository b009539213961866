// Owns the line that says what the quantizer decided on each module, and by which evidence.
import type { RecordedDecision } from '../model/provenance';

const signed = (decibels: number): string => `${decibels < 0 ? '' : '+'}${decibels.toFixed(1)}`;

/** The gain with its standard error; of several outputs the least and the largest gain. */
function evidence({ gains }: RecordedDecision): string {
  if (gains.length === 1) return `${signed(gains[0].decibels)} ± ${gains[0].deviation.toFixed(1)} dB`;
  const decibels = gains.map((gain) => gain.decibels);
  return `${signed(Math.min(...decibels))} to ${signed(Math.max(...decibels))} dB`;
}

/** As `applied: mse ranges (+1.2 ± 0.2 dB); left out: rounding (-0.3 ± 0.5 dB)`; undefined where nothing was tried. */
export function decisionLine(decisions: readonly RecordedDecision[]): string | undefined {
  const list = (isApplied: boolean) =>
    decisions
      .filter(({ applied }) => (applied !== 'nowhere') === isApplied)
      .map((decision) => `${decision.module}${decision.applied === 'in part' ? ' in part' : ''} (${evidence(decision)})`);
  const parts = [
    ['applied', list(true)],
    ['left out', list(false)],
  ] as const;
  const said = parts.filter(([, modules]) => modules.length > 0).map(([title, modules]) => `${title}: ${modules.join(', ')}`);
  return said.length > 0 ? said.join('; ') : undefined;
}
