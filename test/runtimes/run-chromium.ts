// Owns opening pages in Chromium, which playwright-core drives.
import type { Engine } from './engines';
import { type Page, withChromium } from './launch-chromium';

/** What `use` gives, which opens pages, and the version. `args` are more of Chromium's own options. */
export async function inChromium<T>(
  engine: Engine,
  playwright: Engine,
  use: (open: (url: string) => Promise<void>, page: Page) => Promise<T>,
  args: readonly string[] = [],
): Promise<{ result: T; version: string }> {
  const messages: string[] = [];
  try {
    return await withChromium(
      async (browser) => {
        const page = await browser.newPage();
        page.on('console', (message) => messages.push(String((message as { text(): string }).text())));
        page.on('pageerror', (error) => messages.push(String(error)));
        return { result: await use(async (url) => void (await page.goto(url)), page), version: browser.version() };
      },
      { engine, playwright, args },
    );
  } catch (cause) {
    throw new Error(`Chromium: ${cause}\n${messages.join('\n')}`, { cause });
  }
}
