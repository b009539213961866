// Owns the damaging of valid files: seeded edits of the places that carry meaning, and blind ones, each with a text that reproduces it.
import { fileLayout, type Place } from './file-layout';
import type { Random } from './random';

/** An edit of a file in place: `bytes` go to `position`. `text` says what it changes. */
export interface Edit {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Numbers at the edges of integer types, of tensors and of files; the file's own length is added per file. */
const edges = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
/** Bit patterns of float32 that arithmetic stumbles over: NaN, both infinities, denormals, -1, the largest, -0. */
const floats = [0x7fc00000, 0x7f800000, 0xff800000, 1, 0x807fffff, 0xbf800000, 0x7f7fffff, 0x80000000];

/** Draws edits of one valid file. */
export class Mutator {
  private readonly byKind = new Map<Place['kind'], Place[]>();
  private readonly view: DataView;

  constructor(private readonly file: Uint8Array) {
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    for (const place of fileLayout(file)) {
      const places = this.byKind.get(place.kind);
      if (places) places.push(place);
      else this.byKind.set(place.kind, [place]);
    }
  }

  /** One edit: seven of eight hit a known place; the others a byte anywhere or a piece copied elsewhere. */
  edit(random: Random): Edit {
    const choice = random.integer(0, 15);
    if (choice === 0) return this.blind(random);
    if (choice === 1) return this.copy(random);
    // Scalars three times, since only they reach the checks behind those of the structure.
    const kind = random.pick([...this.byKind.keys(), 'scalar', 'scalar'] as const);
    const place = random.pick(this.byKind.get(kind)!);
    const bytes = new Uint8Array(place.bytes);
    const target = new DataView(bytes.buffer);
    const value = this.number(place, random);
    if (place.bytes === 1) target.setUint8(0, value);
    else if (place.bytes === 2) target.setUint16(0, value, true);
    else target.setUint32(0, value, true);
    if (place.bytes === 8) target.setUint32(4, random.pick([0, 0, 0xffffffff, 0x7fffffff]), true);
    return { position: place.position, bytes, text: `${place.path} (${place.kind} at ${place.position}) = ${value >>> 0}` };
  }

  private number(place: Place, random: Random): number {
    const old = place.bytes < 4 ? this.file[place.position] : this.view.getUint32(place.position, true);
    switch (random.integer(0, 5)) {
      case 0:
        return old + random.integer(-8, 8);
      case 1:
        return random.pick([this.file.length, this.file.length - place.position, -place.position, old * 2, old >>> 1]);
      case 2:
        return random.next() >>> random.integer(0, 31);
      case 3:
        return random.pick(floats);
      default:
        return random.pick(edges);
    }
  }

  private blind(random: Random): Edit {
    const position = random.integer(0, this.file.length - 1);
    const value = random.integer(0, 255);
    return { position, bytes: Uint8Array.of(value), text: `byte ${position} = ${value}` };
  }

  private copy(random: Random): Edit {
    const length = random.integer(1, Math.min(64, this.file.length));
    const from = random.integer(0, this.file.length - length);
    const position = random.integer(0, this.file.length - length);
    return { position, bytes: this.file.slice(from, from + length), text: `bytes ${position}.. = ${length} bytes from ${from}` };
  }
}
