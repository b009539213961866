// Owns the display of progress: a bar with the time left on a terminal, a line every ten seconds elsewhere.
import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal';

export interface Progress {
  /** `done` of `total` are finished; may be called any number of times. */
  update(done: number, total: number | undefined): void;
  /** Removes the bar. To be called on success and on failure. */
  stop(): void;
}

/** Milliseconds between two lines where there is no bar. */
const quietInterval = 10_000;

function createBar(title: string, screen: NodeJS.WritableStream): Progress {
  const format = `${title} {bar} {value}/{total}, {eta_formatted} left`;
  const bar = new SingleBar(
    { format, stream: screen as NodeJS.WriteStream, hideCursor: true, clearOnComplete: true, etaBuffer: 20 },
    Presets.rect,
  );
  let started = false;
  return {
    update(done, total = done) {
      if (!started) bar.start(total, done);
      else {
        bar.setTotal(total);
        bar.update(done);
      }
      started = true;
    },
    stop: () => bar.stop(),
  };
}

function createLines(title: string, warn: Terminal['warn']): Progress {
  let last = performance.now();
  return {
    update(done, total) {
      if (performance.now() - last < quietInterval) return;
      last = performance.now();
      warn(`${title}: ${done}${total === undefined ? '' : ` of ${total}`}\n`);
    },
    stop: () => {},
  };
}

/** `title` says what is being done, as `calibrate`. */
export function showProgress(title: string, { screen, warn }: Pick<Terminal, 'screen' | 'warn'>): Progress {
  return screen ? createBar(title, screen) : createLines(title, warn);
}

/** Progress of work in stages: one bar after the other. */
export interface StagedProgress {
  /** `title` names the stage; another title than before ends the bar of the stage before. */
  update(title: string, done: number, total: number | undefined): void;
  /** As Progress. */
  stop(): void;
}

/** Where a stage begins and ends on the bar of the whole work, in percent. */
export type Shares = Readonly<Record<string, readonly [begin: number, end: number]>>;

/** Shares of a work that fills the part [begin, end], in percent, of a longer one. */
export function sharesWithin(shares: Shares, begin: number, end: number): Shares {
  const at = (percent: number): number => begin + ((end - begin) * percent) / 100;
  return Object.fromEntries(Object.entries(shares).map(([stage, [first, last]]) => [stage, [at(first), at(last)] as const]));
}

/**
 * Updates by stages as one bar in percent: stages that `shares` holds fill their part of it, and what a stage does again does not take it
 * back; other stages have bars of their own.
 */
export function joinStages({ update }: Pick<StagedProgress, 'update'>, title: string, shares: Shares): StagedProgress['update'] {
  let percent = 0;
  return (stage, done, total) => {
    const share = shares[stage];
    if (!share) return update(stage, done, total);
    const [begin, end] = share;
    percent = Math.max(percent, Math.floor(begin + (end - begin) * Math.min(1, done / (total || 1))));
    update(`${title}, %`, percent, 100);
  };
}

export function showStages(terminal: Pick<Terminal, 'screen' | 'warn'>): StagedProgress {
  let current: string | undefined;
  let progress: Progress | undefined;
  return {
    update(title, done, total) {
      if (title !== current) {
        progress?.stop();
        progress = showProgress(title, terminal);
        current = title;
      }
      progress?.update(done, total);
    },
    stop: () => progress?.stop(),
  };
}
