// Owns binaries that are fetched: compiled while they arrive, where the engine and the server's headers admit it.
import { ModelError } from '../errors';
import { type WasmModule, wasmError } from './isa';
import type { CoreSource } from './source';

/** What `fetch` gives, as far as it is read here. */
export interface BinaryResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** An address as `fetch` takes it, its answer, bytes, or a compiled WebAssembly.Module. */
export type BinarySource = string | { readonly href: string } | BinaryResponse | Uint8Array | ArrayBuffer | WasmModule;

interface FileReader {
  readFileSync(path: { readonly href: string }): Uint8Array<ArrayBuffer>;
}
interface Platform {
  readonly fetch?: (address: string) => Promise<BinaryResponse>;
  readonly process?: { getBuiltinModule?(name: string): FileReader | undefined };
}
const platform = globalThis as Platform;

const isBytes = (source: BinarySource): source is Uint8Array<ArrayBuffer> | ArrayBuffer =>
  source instanceof ArrayBuffer || ArrayBuffer.isView(source);
const isResponse = (source: BinarySource): source is BinaryResponse =>
  typeof (source as Partial<BinaryResponse>)?.arrayBuffer === 'function';
const hasHref = (source: BinarySource): source is { href: string } => typeof (source as { href?: unknown })?.href === 'string';

function failed(address: string, reason: string, cause?: unknown): ModelError {
  return new ModelError(
    'fetch-failed',
    `the core cannot be fetched from '${address}': ${reason}; give its address or bytes as the option module`,
    {
      cause,
    },
  );
}

/** The bytes of a file that lies beside this one, by Node's `fs`, since Node's `fetch` takes no file: addresses; undefined elsewhere. */
function localBytes(address: string): Uint8Array<ArrayBuffer> | undefined {
  const files = address.startsWith('file:') ? platform.process?.getBuiltinModule?.('node:fs') : undefined;
  try {
    return files?.readFileSync(new URL(address));
  } catch (cause) {
    throw failed(address, (cause as Error).message, cause);
  }
}

async function download(address: string): Promise<BinaryResponse> {
  if (!platform.fetch) throw failed(address, 'nothing here fetches');
  try {
    return await platform.fetch(address);
  } catch (cause) {
    throw failed(address, (cause as Error).message, cause);
  }
}

async function compileBytes(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<WasmModule> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw wasmError(cause);
  }
}

/** Streaming compilation demands this type (WebAssembly Web API, 4); many servers send another one. */
async function compileResponse(response: BinaryResponse): Promise<WasmModule> {
  if (!response.ok) throw failed(response.url, `status ${response.status}`);
  if (WebAssembly.compileStreaming && response.headers.get('content-type') === 'application/wasm') {
    try {
      return await WebAssembly.compileStreaming(response as unknown as Response);
    } catch (cause) {
      throw wasmError(cause);
    }
  }
  let bytes: ArrayBuffer;
  try {
    bytes = await response.arrayBuffer();
  } catch (cause) {
    throw failed(response.url, (cause as Error).message, cause);
  }
  if (new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength)).join() !== '0,97,115,109')
    throw failed(response.url, 'the answer is no WebAssembly');
  return compileBytes(bytes);
}

/**
 * Compiles a binary from an address, an answer of `fetch` or bytes; a module stays as it is.
 * @throws ModelError `fetch-failed`, `wasm-forbidden`, `wasm-failed`
 */
export async function compileBinary(given: BinarySource | PromiseLike<BinaryResponse>): Promise<WasmModule> {
  const source: BinarySource = await given;
  if (isBytes(source)) return compileBytes(source);
  if (isResponse(source)) return compileResponse(source);
  const address = typeof source === 'string' ? source : hasHref(source) ? source.href : undefined;
  if (address === undefined) return source as WasmModule;
  const bytes = localBytes(address);
  return bytes ? compileBytes(bytes) : compileResponse(await download(address));
}

/**
 * A binary at an address, fetched and compiled on the first use; a failure is not kept. `sync` has what was fetched before, or Node's
 * files.
 */
export function fetchedBinary(address: () => { readonly href: string }): CoreSource {
  let module: WasmModule | undefined;
  let pending: Promise<WasmModule> | undefined;
  return {
    sync() {
      const bytes = module ? undefined : localBytes(address().href);
      if (bytes) {
        try {
          module = new WebAssembly.Module(bytes);
        } catch (cause) {
          throw wasmError(cause);
        }
      }
      if (!module) throw new ModelError('bad-argument', 'the core has not been fetched; await load before, or give the option module');
      return module;
    },
    async async() {
      try {
        pending ??= compileBinary(address());
        module ??= await pending;
      } finally {
        pending = undefined;
      }
      return module;
    },
  };
}
