// Owns the output of a comparison by flags: tables or JSON on the terminal, a JSON file, an HTML report.
import type { Comparison } from '../compare/comparison';
import { writeText } from '../files';
import { shownChanges } from '../report/compare-changes';
import { renderComparisonHtml } from '../report/compare-html';
import { renderComparison, renderComparisonJson } from '../report/compare-text';
import { type Charts, chartsAdvice, loadCharts } from '../report/load-charts';
import { thumbnails } from '../report/thumbnails';
import type { Terminal } from '../terminal/terminal';

export interface ComparisonFlags {
  /** Path of the comparison as JSON. */
  output?: string;
  /** Path of the report. */
  html?: string;
  json?: boolean;
}

async function writeReport(path: string, comparison: Comparison, charts: Charts | undefined): Promise<void> {
  const pictures = await thumbnails(comparison.classification ? shownChanges(comparison.classification) : []);
  await writeText(path, renderComparisonHtml(comparison, pictures, charts));
}

/** Writes the files before anything is printed. */
export async function showComparison(comparison: Comparison, { output, html, json }: ComparisonFlags, terminal: Terminal): Promise<void> {
  if (output !== undefined) await writeText(output, renderComparisonJson(comparison));
  const charts = html === undefined ? undefined : await loadCharts();
  if (html !== undefined) await writeReport(html, comparison, charts);
  terminal.write(json ? renderComparisonJson(comparison) : renderComparison(comparison, terminal));
  if (output !== undefined) terminal.warn(`comparison: ${output}\n`);
  if (html !== undefined) terminal.warn(`report: ${html}${charts ? '' : `, without charts; they need ${chartsAdvice}`}\n`);
}
