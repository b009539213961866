// Owns starting Chromium by playwright-core, with the part of its types in use here: it is installed with the engines, so its own may be absent.
import { pathToFileURL } from 'node:url';
import { type Engine, engines } from './engines';

export interface Browser {
  newPage(options?: { viewport?: { width: number; height: number }; colorScheme?: 'light' | 'dark' }): Promise<Page>;
  version(): string;
  close(): Promise<void>;
}

export interface Page {
  on(event: 'console' | 'pageerror' | 'request', listener: (message: unknown) => void): void;
  goto(url: string): Promise<unknown>;
  setContent(html: string): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  evaluate<T>(code: string): Promise<T>;
  click(selector: string): Promise<void>;
  setInputFiles(selector: string, file: string): Promise<void>;
  /** Waits until the value of the code is truthy, and gives it. */
  waitForFunction(code: string): Promise<{ jsonValue(): Promise<unknown> }>;
  screenshot(options: { path: string; fullPage?: boolean }): Promise<unknown>;
  close(): Promise<void>;
}

interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}

/** A browser, closed in the end. */
export async function withChromium<T>(
  use: (browser: Browser) => Promise<T>,
  {
    engine = engines.chromium,
    playwright = engines.playwright,
    args = [],
  }: { engine?: Engine; playwright?: Engine; args?: readonly string[] } = {},
): Promise<T> {
  const { chromium }: Playwright = await import(pathToFileURL(playwright.executable).href);
  // Root, as in containers, cannot use Chromium's sandbox.
  const browser = await chromium.launch({ executablePath: engine.executable, args: ['--no-sandbox', ...args] });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}
