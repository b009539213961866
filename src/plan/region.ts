// Owns regions: pieces of linear memory whose size is known before their address.
import type { Account } from '../account';
import { ModelError } from '../errors';

/** `constant`: written at load; `packed`: packed at load; `arena`: shared by regions whose lifetimes do not overlap. */
type RegionKind = 'constant' | 'packed' | 'arena';

export interface Region {
  readonly kind: RegionKind;
  /** What it holds, for dumps and tests. */
  readonly name: string;
  readonly bytes: number;
  /** `constant` only: the bytes to write at load. */
  readonly data?: Uint8Array;
  /** Its memory is never reused: graph inputs and outputs. */
  pinned: boolean;
  /** Absolute byte address, a multiple of 16; assigned by plan.ts once all regions are known. */
  address: number;
  /** The region that this one is a part of, whose memory and lifetime it shares, and the bytes of it before this one. */
  readonly whole?: Region;
  readonly start?: number;
}

/** Addresses of regions are multiples of this, and so are those of their parts. */
const partAlignment = 16;

/**
 * `bytes` of a region from `offset` on, as a region: its address follows that of the whole. Undefined where they do not begin at an address
 * that a region may have.
 */
export function partOf(region: Region, offset: number, bytes: number): Region | undefined {
  if (offset % partAlignment !== 0) return undefined;
  const whole = wholeOf(region);
  const start = (region.start ?? 0) + offset;
  return {
    kind: whole.kind,
    name: `${whole.name} (part)`,
    bytes,
    whole,
    start,
    get pinned() {
      return whole.pinned;
    },
    set pinned(pinned) {
      whole.pinned = pinned;
    },
    get address() {
      return whole.address + start;
    },
  } as Region;
}

export function wholeOf(region: Region): Region {
  return region.whole ?? region;
}

/** A place in a region, `offset` bytes from its start. */
export interface Address {
  readonly region: Region;
  readonly offset: number;
}

/** What a descriptor's address is before emission; 0: none. */
export type AddressField = Address | 0;

/** The regions of one plan. */
export class Regions {
  readonly all: Region[] = [];
  private readonly sharedRegions = new Map<string, Region>();
  /** Bytes of all constant and packed regions, which share no memory. */
  private persistentBytes = 0;

  /** Regions that cannot fit into `maxBytes` are `too-large`; tables are charged to the account. */
  constructor(
    private readonly maxBytes: number,
    private readonly account?: Account,
  ) {}

  arena(name: string, bytes: number): Region {
    return this.add({ kind: 'arena', name, bytes, pinned: false, address: -1 });
  }

  packed(name: string, bytes: number): Region {
    return this.add({ kind: 'packed', name, bytes, pinned: false, address: -1 });
  }

  constant(name: string, data: ArrayBufferView): Region {
    const bytes = bytesOf(data);
    return this.add({ kind: 'constant', name, bytes: bytes.length, data: bytes, pinned: false, address: -1 });
  }

  /** A constant that many descriptors may share: made once per `key`, which must determine its content. `entries` are charged first. */
  shared(key: string, entries: number, make: () => ArrayBufferView): Region {
    let region = this.sharedRegions.get(key);
    if (!region) {
      this.account?.charge('offset', entries);
      region = this.constant(key, make());
      this.sharedRegions.set(key, region);
    }
    return region;
  }

  /** As `shared`, of a region that is packed at load; `plan` is called when it is new. */
  sharedPacked(key: string, bytes: number, plan: (region: Region) => void): Region {
    let region = this.sharedRegions.get(key);
    if (!region) {
      region = this.packed(key, bytes);
      this.sharedRegions.set(key, region);
      plan(region);
    }
    return region;
  }

  /** Checks a lower bound of the plan's bytes, so that no tables are made for a plan that cannot fit. */
  private add(region: Region): Region {
    if (region.kind !== 'arena') this.persistentBytes += region.bytes;
    const minBytes = region.kind === 'arena' ? region.bytes : this.persistentBytes;
    if (minBytes > this.maxBytes) {
      throw new ModelError(
        'too-large',
        `'${region.name}' takes the memory to more than maxBytes = ${this.maxBytes}; raise maxBytes if you trust it`,
      );
    }
    this.all.push(region);
    return region;
  }
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function at(region: Region, offset = 0): Address {
  return { region, offset };
}
