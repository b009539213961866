// Tests pictures as people have them: arrays, sharp's results, what a browser draws, and what is no picture.
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/index';
import { decodePicture } from '../../src/vision';
import { PictureReader } from '../../src/vision/picture';

const reader = new PictureReader();
const bytes = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 37) % 256);

for (const channels of [1, 3, 4] as const) {
  test(`pixels of ${channels} channels, inferred from their length`, () => {
    const data = bytes(6 * channels);
    const pixels = reader.read({ data, width: 3, height: 2 });
    assert.is(pixels.data, data);
    assert.equal([pixels.width, pixels.height, pixels.channels], [3, 2, channels]);
  });
}

test('ImageData holds a Uint8ClampedArray', () => {
  assert.is(reader.read({ data: new Uint8ClampedArray(24), width: 3, height: 2 }).channels, 4);
});

test("sharp's raw result is a picture as it is", async () => {
  const raw = await sharp(bytes(4 * 5 * 3), { raw: { width: 4, height: 5, channels: 3 } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = reader.read(raw);
  assert.equal([pixels.width, pixels.height, pixels.channels], [4, 5, 3]);
  assert.equal([...pixels.data], [...bytes(60)]);
});

/** Calls `body` with a canvas in the global scope that gives `color` for all that is drawn, and records what is drawn. */
async function withCanvas(body: (drawn: unknown[]) => unknown): Promise<void> {
  const scope = globalThis as Record<string, unknown>;
  const drawn: unknown[] = [];
  scope.OffscreenCanvas = class {
    constructor(
      readonly width: number,
      readonly height: number,
    ) {
      drawn.push(`canvas ${width}x${height}`);
    }

    getContext() {
      return {
        drawImage: (source: { tainted?: boolean }, ...area: number[]) => {
          if (source.tainted) throw new Error('tainted by cross-origin data');
          drawn.push(area);
        },
        getImageData: (_x: number, _y: number, width: number, height: number) => ({
          data: new Uint8ClampedArray(4 * width * height),
          width,
          height,
        }),
      };
    }
  };
  scope.createImageBitmap = async (blob: { type: string }) => {
    if (blob.type !== 'image/png') throw new Error('could not be decoded');
    return { width: 5, height: 4, close: () => drawn.push('closed') };
  };
  try {
    await body(drawn);
  } finally {
    delete scope.OffscreenCanvas;
    delete scope.createImageBitmap;
  }
}

const drawables: Record<string, object> = {
  HTMLImageElement: { naturalWidth: 5, naturalHeight: 4, width: 100, height: 100 },
  HTMLVideoElement: { videoWidth: 5, videoHeight: 4, width: 100, height: 100 },
  VideoFrame: { displayWidth: 5, displayHeight: 4, codedWidth: 16, close() {} },
  ImageBitmap: { width: 5, height: 4, close() {} },
  HTMLCanvasElement: { width: 5, height: 4, getContext() {} },
};

for (const [name, picture] of Object.entries(drawables)) {
  test(`${name} is drawn in its own size`, () =>
    withCanvas((drawn) => {
      const { width, height, channels } = new PictureReader().read(picture as never);
      assert.equal([width, height, channels], [5, 4, 4]);
      assert.equal(drawn, ['canvas 5x4', [0, 0, 5, 4]]);
    }));
}

test('frames of one size share a canvas', () =>
  withCanvas((drawn) => {
    const frames = new PictureReader();
    frames.read(drawables.VideoFrame as never);
    frames.read(drawables.ImageBitmap as never);
    assert.equal(drawn, ['canvas 5x4', [0, 0, 5, 4], [0, 0, 5, 4]]);
  }));

test('decodePicture decodes a Blob and closes the bitmap', () =>
  withCanvas(async (drawn) => {
    const { width, height } = await decodePicture(new Blob([bytes(3)], { type: 'image/png' }));
    assert.equal([width, height, drawn.at(-1)], [5, 4, 'closed']);
  }));

async function refused(title: string, act: () => unknown, message: RegExp): Promise<void> {
  test(title, async () => {
    try {
      await act();
    } catch (error) {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).code, 'bad-argument');
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable('it was read');
  });
}

refused('a text is no picture', () => reader.read('cat.jpg' as never), /String is no picture/);
refused('a Blob has to be decoded first', () => reader.read(new Blob([]) as never), /decodePicture/);
refused('pixels that do not fill their size', () => reader.read({ data: bytes(7), width: 3, height: 2 }), /channels/);
refused('an encoded file instead of pixels', () => reader.read(bytes(100) as never), /no picture/);
refused('nothing draws in Node', () => reader.read(drawables.ImageBitmap as never), /nothing here draws/);
refused('nothing decodes in Node', () => decodePicture(new Blob([])), /sharp/);
refused('a video without a frame', () => withCanvas(() => reader.read({ videoWidth: 0, videoHeight: 0 })), /no pixels yet/);
refused('a file that does not decode', () => withCanvas(() => decodePicture(new Blob([], { type: 'text/plain' }))), /text\/plain/);
refused(
  'a picture of another origin',
  () => withCanvas(() => new PictureReader().read({ width: 2, height: 2, close() {}, tainted: true } as never)),
  /tainted/,
);

test.run();
