// Owns the output of a comparison by flags: tables or JSON on the terminal, a JSON file, an HTML report.
import { resolve } from 'node:path';
import { ModelError } from 'zeropoint';
import type { Comparison } from '../compare/comparison';
import { shownChanges } from '../report/compare-changes';
import { renderComparisonHtml } from '../report/compare-html';
import { renderComparison, renderComparisonJson } from '../report/compare-text';
import { type Charts, chartsAdvice, loadCharts } from '../report/load-charts';
import { thumbnails } from '../report/thumbnails';
import { worstPictures } from '../report/worst-pictures';
import { print, warnLine } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { isStandardOutput, type Output, openOptional } from './output';

export interface ComparisonFlags {
  /** Path of the comparison as JSON. */
  output?: string;
  /** Path of the report. */
  html?: string;
  json?: boolean;
}

async function writeReport(output: Output, comparison: Comparison, charts: Charts | undefined): Promise<void> {
  const { classification, heads } = comparison;
  const classifiers = [classification, ...heads.map((head) => (head.task === 'classifier' ? head.classification : undefined))];
  const changed = await thumbnails(classifiers.flatMap((one) => (one ? shownChanges(one) : [])));
  const pictures = new Map([...changed, ...(await worstPictures(comparison))]);
  await output.write(renderComparisonHtml(comparison, pictures, charts));
}

/** Where the files of a comparison go. */
export interface ComparisonOutputs {
  readonly output: Output | undefined;
  readonly html: Output | undefined;
}

/** @throws ModelError `bad-argument` where nothing can be written */
export async function openOutputs(
  { output, html }: ComparisonFlags,
  terminal: Terminal,
  inputs: readonly string[] = [],
): Promise<ComparisonOutputs> {
  if (isStandardOutput(output) && isStandardOutput(html)) {
    throw new ModelError('bad-argument', '-o and --html both go to standard output; give one of them a file');
  }
  if (output !== undefined && html !== undefined && resolve(output) === resolve(html))
    throw new ModelError('bad-argument', `-o and --html both go to '${output}'; give them two files`);
  return { output: await openOptional(output, terminal, inputs), html: await openOptional(html, terminal, inputs) };
}

/** Writes the files before anything is printed. */
export async function showComparison(
  comparison: Comparison,
  { output, html, json }: ComparisonFlags,
  outputs: ComparisonOutputs,
  terminal: Terminal,
): Promise<void> {
  await outputs.output?.write(renderComparisonJson(comparison));
  const charts = html === undefined ? undefined : await loadCharts();
  if (outputs.html) await writeReport(outputs.html, comparison, charts);
  const aside = outputs.output?.isStandard || outputs.html?.isStandard;
  print(comparison, { json, aside }, terminal, renderComparison);
  if (output !== undefined) warnLine(`comparison: ${output}`, terminal);
  if (html !== undefined) warnLine(`report: ${html}${charts ? '' : `, without charts; they need ${chartsAdvice}`}`, terminal);
}
