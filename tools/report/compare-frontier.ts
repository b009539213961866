// Owns the report's section on what a search for precisions had to choose from.
import type { FrontierPoint } from '../model/provenance';
import { formatDecibels } from './compare-words';
import { describePrecisions } from './frontier';
import { html, type Markup } from './html';
import type { Charts } from './load-charts';
import { formatKilobytes, formatMilliseconds } from './numbers';

/** Whether points differ by more than a hundredth, so that a chart over the number says something. */
function varies(numbers: readonly number[]): boolean {
  return Math.max(...numbers) > 1.01 * Math.min(...numbers);
}

function row(point: FrontierPoint, hasDrops: boolean): Markup {
  const mark = point.isChosen && html` <span class="warm">chosen</span>`;
  return html`<tr><td class="full">${describePrecisions(point)}${mark}</td><td class="number" data-head="file">${formatKilobytes(point.bytes)}</td>
<td class="number" data-head="one run">${formatMilliseconds(point.milliseconds)}</td><td class="number" data-head="SQNR">${formatDecibels(point.decibels)}</td>
${hasDrops && html`<td class="number" data-head="top-1 lost">${point.drop?.toFixed(2)}</td>`}</tr>`;
}

function charts(frontier: readonly FrontierPoint[], { frontierChart }: Charts): Markup[] {
  const costs = (['milliseconds', 'bytes'] as const).filter((cost) => varies(frontier.map((point) => point[cost])));
  return costs.map(
    (cost) => html`<div class="card"><div class="wide">${frontierChart(frontier, cost, costs.length > 1 ? 470 : 1000)}</div>
<div class="narrow">${frontierChart(frontier, cost, 300)}</div></div>`,
  );
}

/** The section; undefined where the quantized file was not made by a search. */
export function frontierSection(frontier: readonly FrontierPoint[] | undefined, loaded: Charts | undefined): Markup | undefined {
  if (!frontier || frontier.length === 0) return undefined;
  const hasDrops = frontier.some(({ drop }) => drop !== undefined);
  return html`<h2>What the search chose from</h2>
<p class="soft">Networks from the cheapest to the most accurate: operators get more precise in the order of what they gain for their cost. Times and
SQNR are predicted from single operators, before weights are refined.${hasDrops && ' Filled points were quantized and measured by top-1.'}
The <span class="warm">orange point</span> became the file.</p>
${loaded && html`<div class="grid results">${charts(frontier, loaded)}</div>`}
<div class="card"><details><summary>All ${frontier.length} as numbers</summary><table class="stack"><thead><tr><th>Operators that are not as the scheme says</th>
<th class="number">File</th><th class="number">One run</th><th class="number">SQNR</th>${hasDrops && html`<th class="number">Top-1 lost</th>`}</tr></thead>
<tbody>${frontier.map((point) => row(point, hasDrops))}</tbody></table></details></div>`;
}
