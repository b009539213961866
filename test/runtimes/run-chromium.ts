// Owns opening pages in Chromium, which playwright-core drives.
import { pathToFileURL } from 'node:url';
import type { Engine } from './engines';

/** The part of playwright-core in use here; it is installed with the engines, so its types may be absent. */
interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}
interface Browser {
  newPage(): Promise<Page>;
  version(): string;
  close(): Promise<void>;
}
interface Page {
  on(event: 'console' | 'pageerror', listener: (message: unknown) => void): void;
  goto(url: string): Promise<unknown>;
}

/** What `use` gives, which opens pages, and the version. */
export async function inChromium<T>(
  engine: Engine,
  playwright: Engine,
  use: (open: (url: string) => Promise<void>) => Promise<T>,
): Promise<{ result: T; version: string }> {
  const { chromium }: Playwright = await import(pathToFileURL(playwright.executable).href);
  // Root, as in containers, cannot use Chromium's sandbox.
  const browser = await chromium.launch({ executablePath: engine.executable, args: ['--no-sandbox'] });
  const messages: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => messages.push(String((message as { text(): string }).text())));
    page.on('pageerror', (error) => messages.push(String(error)));
    const result = await use(async (url) => void (await page.goto(url)));
    return { result, version: browser.version() };
  } catch (cause) {
    throw new Error(`Chromium: ${cause}\n${messages.join('\n')}`, { cause });
  } finally {
    await browser.close();
  }
}
