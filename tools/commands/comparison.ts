// Owns showing a comparison as the flags ask for it: tables or JSON on the terminal, a file, a report.
import type { Comparison } from '../compare/comparison';
import { writeText } from '../files';
import { shownChanges } from '../report/compare-changes';
import { renderComparison, renderComparisonJson } from '../report/compare-text';
import { thumbnails } from '../report/thumbnails';
import type { Terminal } from '../terminal';

export interface ComparisonFlags {
  /** Path of the comparison as JSON. */
  output?: string;
  /** Path of the report. */
  html?: string;
  json?: boolean;
}

async function writeReport(path: string, comparison: Comparison): Promise<void> {
  // Imported here, since the charts' code is larger than that of all commands.
  const { renderComparisonHtml } = await import('../report/compare-html');
  const pictures = await thumbnails(comparison.classification ? shownChanges(comparison.classification) : []);
  await writeText(path, renderComparisonHtml(comparison, pictures));
}

/** Writes the files before anything is printed. */
export async function showComparison(comparison: Comparison, { output, html, json }: ComparisonFlags, terminal: Terminal): Promise<void> {
  if (output !== undefined) await writeText(output, renderComparisonJson(comparison));
  if (html !== undefined) await writeReport(html, comparison);
  terminal.write(json ? renderComparisonJson(comparison) : renderComparison(comparison, terminal));
  if (output !== undefined) terminal.warn(`comparison: ${output}\n`);
  if (html !== undefined) terminal.warn(`report: ${html}\n`);
}
