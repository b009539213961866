// Owns regions: pieces of linear memory whose size is known before their address.
import { ModelError } from '../errors';

/** Where a region lives: data written once at load, packed once at load, or reused by the arena between runs. */
export type RegionKind = 'constant' | 'packed' | 'arena';

export interface Region {
  readonly kind: RegionKind;
  /** What it holds, for dumps and tests. */
  readonly name: string;
  readonly bytes: number;
  /** `constant` only: the bytes to write at load. */
  readonly data?: Uint8Array;
  /** Lives from before the first step to after the last: graph inputs and outputs. */
  pinned: boolean;
  /** Absolute byte address, a multiple of 16; assigned by plan.ts once all regions are known. */
  address: number;
}

/** A place in a region, `offset` bytes from its start. */
export interface Address {
  readonly region: Region;
  readonly offset: number;
}

/** What a descriptor's address is before emission; 0: none. */
export type AddressField = Address | 0;

/** Makes the regions of one plan and shares equal constants. */
export class Regions {
  readonly all: Region[] = [];
  private readonly constants = new Map<string, Region>();
  /** Bytes of all regions that nothing else can share. */
  private lastingBytes = 0;

  /** Regions that cannot fit into `maxBytes` are `too-large`. */
  constructor(private readonly maxBytes: number) {}

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

  /** A constant that many descriptors may share: made once per `key`, which must determine its content. */
  shared(key: string, make: () => ArrayBufferView): Region {
    let region = this.constants.get(key);
    if (!region) {
      region = this.constant(key, make());
      this.constants.set(key, region);
    }
    return region;
  }

  /** Checked here as well as for the finished plan, so that no tables are made for what will not fit anyway. */
  private add(region: Region): Region {
    if (region.kind !== 'arena') this.lastingBytes += region.bytes;
    const least = region.kind === 'arena' ? region.bytes : this.lastingBytes;
    if (least > this.maxBytes) {
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
