// Owns the question whether a Content-Security-Policy is in force here.

/** Whether text cannot be run as code. */
export function blocksEval() {
  try {
    new Function('');
    return false;
  } catch {
    return true;
  }
}
