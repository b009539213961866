// Owns assertions that something is refused: it throws or rejects with a ModelError of a code and a message.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';

function assertError(error: unknown, code: string, message: RegExp): void {
  assert.instance(error, ModelError, String((error as Error).stack));
  assert.is((error as ModelError).code, code, (error as ModelError).message);
  assert.match((error as ModelError).message, message);
}

/** Asserts that `work` ends in a ModelError of that code and message. */
export async function refuses(work: () => unknown, code: string, message: RegExp): Promise<void> {
  try {
    await work();
  } catch (error) {
    assertError(error, code, message);
    return;
  }
  assert.unreachable(`not refused with ${code}`);
}

/** The same of work that is not asynchronous. */
export function refusesSync(work: () => unknown, code: string, message: RegExp): void {
  try {
    work();
  } catch (error) {
    assertError(error, code, message);
    return;
  }
  assert.unreachable(`not refused with ${code}`);
}

/** Registers a test that `work` ends so. */
export function testRefused(title: string, work: () => unknown, code: string, message: RegExp): void {
  test(`${title} -> ${code}`, () => refuses(work, code, message));
}
