// Owns loading the charts of the report, whose libraries are optional peers of this package: 55 packages, 15 MB.

/** Draws the charts; see compare-charts.ts. */
export type Charts = typeof import('./compare-charts');

/** How charts come into reports, for messages. */
export const chartsAdvice = 'npm install @observablehq/plot linkedom';

/** Undefined where a library of the charts is not installed. */
export async function loadCharts(): Promise<Charts | undefined> {
  try {
    return await import('./compare-charts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
