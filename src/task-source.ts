// Owns where models come from: bytes, graphs, loaded models, and addresses that are fetched with progress and an end on demand.
import { ModelError } from './errors';
import type { Model, ModelSource } from './model';

/** What `fetch` gives. */
export interface FetchedFile {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes of a `.tflite` file, a graph, a loaded model, or an address: `fetch` takes texts and URLs. */
export type TaskSource = ModelSource | Model | string | { readonly href: string } | FetchedFile;

export interface FetchOptions {
  /** Ends the loading: it rejects with the signal's reason. */
  readonly signal?: AbortSignalLike;
  /** Called with the bytes that have arrived, and with how many there will be where the server says so. */
  readonly onProgress?: (loaded: number, total: number | undefined) => void;
}

/** An `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  throwIfAborted(): void;
}

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>;
  cancel(): Promise<void>;
}

type Fetch = (address: string, options: { signal?: AbortSignalLike }) => Promise<FetchedFile>;

function isFetched(source: TaskSource): source is FetchedFile {
  const { arrayBuffer, headers } = source as Partial<FetchedFile>;
  return typeof arrayBuffer === 'function' && typeof headers?.get === 'function';
}

function isAddress(source: TaskSource): source is string | { href: string } {
  return typeof source === 'string' || typeof (source as { href?: unknown }).href === 'string';
}

export function isModel(source: TaskSource): source is Model {
  return typeof (source as Partial<Model>).run === 'function' && Array.isArray((source as Partial<Model>).operators);
}

async function download(address: string, signal: AbortSignalLike | undefined): Promise<FetchedFile> {
  const { fetch } = globalThis as { fetch?: Fetch };
  if (!fetch) throw new ModelError('bad-argument', 'nothing here fetches addresses; give the bytes of the file');
  try {
    return await fetch(address, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ModelError('fetch-failed', `'${address}' cannot be fetched: ${(cause as Error).message}`, { cause });
  }
}

async function bodyOf(file: FetchedFile, { signal, onProgress }: FetchOptions): Promise<Uint8Array> {
  const length = Number(file.headers.get('content-length')) || undefined;
  // Lengths of compressed answers are those before decompression.
  const total = file.headers.get('content-encoding') ? undefined : length;
  const reader = (file.body as { getReader?(): Reader } | null)?.getReader?.();
  if (!reader) return new Uint8Array(await file.arrayBuffer());
  const parts: Uint8Array[] = [];
  let loaded = 0;
  for (;;) {
    if (signal?.aborted) await reader.cancel();
    signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value!);
    loaded += value!.length;
    onProgress?.(loaded, total);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * The bytes or the graph of a source; addresses and answers of `fetch` are read.
 * @throws ModelError `fetch-failed` where a server does not give the file; the signal's reason once it is aborted
 */
export async function readSource(source: Exclude<TaskSource, Model>, options: FetchOptions): Promise<ModelSource> {
  options.signal?.throwIfAborted();
  if (!isAddress(source) && !isFetched(source)) return source as ModelSource;
  const file = isFetched(source) ? source : await download(typeof source === 'string' ? source : source.href, options.signal);
  if (!file.ok) throw new ModelError('fetch-failed', `'${file.url}' answers with status ${file.status}`);
  try {
    return await bodyOf(file, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new ModelError('fetch-failed', `'${file.url}' broke off: ${(cause as Error).message}`, { cause });
  }
}
