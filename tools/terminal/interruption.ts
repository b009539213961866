// Owns what interruptions of commands are: those that leave nothing, and those from which the same command goes on.

/** Whether `error` is the reason of a signal that Ctrl-C has aborted. */
export const isInterruption = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

/** An interruption that has left a checkpoint: the same command goes on from it. */
export class ResumableInterruption extends Error {}
