// Owns the running of MediaPipe's solutions, their own WebAssembly and graphs, on WebGL in Chromium, which playwright-core drives.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pixels } from '../../src/pixels/pixels';
import { packageFolder } from '../support/mediapipe';
import { type Case, frameMs, framePixels } from '../vision/mediapipe/cases';
import type { SolutionResults, Subject } from '../vision/mediapipe/subjects';
import { engines } from './engines';

/** The part of playwright-core in use here; it is installed with the engines, so its types may be absent. */
interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}
interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Page {
  on(event: 'console' | 'pageerror', listener: (message: unknown) => void): void;
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
}

/** Root cannot use Chromium's sandbox; WebGL runs on SwiftShader, without a graphics processor. */
const flags = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];

const types: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** Bytes of red, green, blue and an opaque alpha. */
function rgba({ data, width, height, channels }: Pixels): Uint8Array {
  const bytes = new Uint8Array(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < 3; c++) bytes[4 * pixel + c] = data[pixel * channels + (channels === 1 ? 0 : c)];
  return bytes;
}

function serveFile(name: string, response: ServerResponse): void {
  const file = join(packageFolder, name);
  if (!existsSync(file)) return void response.writeHead(404).end();
  response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  response.end(readFileSync(file));
}

/** Runs in the page: one solution over all frames. */
function pageScript({ package: name, solution, options, frames, video = false }: Case): string {
  const settings = { name, solution, options, count: frames.length, video, frameMs };
  return `(async ({ name, solution, options, count, video, frameMs }) => {
    const task = new window[solution]({ locateFile: (file) => '/packages/' + name + '/' + file });
    let latest;
    task.onResults(({ image, segmentationMask, ...results }) => { latest = results; });
    await task.setOptions(options);
    await task.initialize();
    const found = [];
    for (let i = 0; i < count; i++) {
      const frame = await fetch('/frames/' + i);
      const [width, height] = frame.headers.get('x-size').split(',').map(Number);
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width, height });
      canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(await frame.arrayBuffer()), width, height), 0, 0);
      if (!video) task.reset();
      await task.send({ image: canvas }, (i + 1) * frameMs);
      found.push(latest);
    }
    return found;
  })(${JSON.stringify(settings)})`;
}

/** What MediaPipe finds in each frame of a case. */
export async function runSolution(comparison: Case): Promise<Subject[][]> {
  const { chromium }: Playwright = await import(pathToFileURL(engines.playwright.executable).href);
  const frames = await Promise.all(comparison.frames.map(framePixels));
  const script = `/packages/${comparison.package}/${comparison.package}.js`;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/packages/')) return serveFile(pathname.slice('/packages/'.length), response);
    if (pathname.startsWith('/frames/')) {
      const frame = frames[Number(pathname.slice('/frames/'.length))];
      return void response.setHeader('x-size', `${frame.width},${frame.height}`).end(rgba(frame));
    }
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html><script src="${script}"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: engines.chromium.executable, args: flags });
  const messages: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => messages.push((message as { text(): string }).text()));
    page.on('pageerror', (error) => messages.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const found = (await page.evaluate(pageScript(comparison))) as SolutionResults[];
    return found.map((results, i) => comparison.subjects(results, frames[i].width, frames[i].height));
  } catch (cause) {
    throw new Error(`${comparison.solution} in Chromium: ${cause}\n${messages.join('\n')}`, { cause });
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}
