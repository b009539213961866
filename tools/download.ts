// Owns files of addresses: fetched to the end, with a limit of bytes and of time.
import { ModelError } from 'zeropoint';

/** Larger files are refused. */
const maxBytes = 2 ** 28;
/** Milliseconds without an answer, or for the whole file. */
const maxMilliseconds = 60_000;

export const isAddress = (path: string): boolean => /^https?:\/\//i.test(path);

async function readBody(answer: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let loaded = 0;
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    loaded += part.length;
    if (loaded > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * The bytes at an http or https address.
 * @throws ModelError `fetch-failed` where there is no server, for its statuses other than 2xx, files above 256 MiB, and after a minute
 */
export async function download(address: string): Promise<Uint8Array> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(maxMilliseconds) });
    if (!answer.ok) throw new Error(`the server answers ${answer.status} ${answer.statusText}`.trim());
    if (Number(answer.headers.get('content-length')) > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    return answer.body ? await readBody(answer) : new Uint8Array(0);
  } catch (cause) {
    // Failures of the connection hold the reason in their cause.
    const { message, cause: inner } = cause as Error;
    const reason = inner instanceof Error && inner.message !== '' ? inner.message : message;
    throw new ModelError('fetch-failed', `cannot fetch '${address}': ${reason}; check the address, or download it and name the file`, {
      cause,
    });
  }
}
