// Owns installing the engines that are not here yet: `npx tsx test/runtimes/install.ts`. Exit code 1 when one that this platform has is
// still missing.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from '../package/installed';
import { browserFolder, type Engine, engineFolder, engines, enginesOn, hasBuild, isInstalled, label, platform } from './engines';

/** Anew, since browsers may be in other places than before. */
const all = (): Engine[] => Object.values(enginesOn(platform));
const missing = (): Engine[] => all().filter((engine) => hasBuild(engine) && !engine.isOptional && !isInstalled(engine));
const lacks = ({ name }: Engine): boolean => missing().some((engine) => engine.name === name);

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    console.error(`${what} failed: ${(error as Error).message}`);
  }
}

/** Runs a command as root, by sudo where this process is not. */
function runAsRoot(command: readonly string[]): void {
  const elevated = process.getuid?.() === 0 ? command : ['sudo', '--non-interactive', '--preserve-env=DEBIAN_FRONTEND', ...command];
  execFileSync(elevated[0], elevated.slice(1), { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' });
}

/** Ubuntu's packages only start snaps, which read no files outside the home folder. */
const hasBrowserPackages = (): boolean =>
  existsSync('/etc/debian_version') && !/^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));

if (missing().some((engine) => engine.package)) {
  // Unlike `npm ci`, this keeps what is there.
  attempt('npm install', () => npm(['install', '--no-save', '--no-workspaces'], engineFolder));
}
const browsers = [
  { engine: engines.chromium, name: 'chromium' },
  { engine: engines.firefox, name: 'firefox-esr' },
].filter(({ engine }) => lacks(engine));
if (browsers.length > 0 && hasBrowserPackages()) {
  attempt('apt-get', () => {
    runAsRoot(['apt-get', 'update']);
    runAsRoot(['apt-get', 'install', '-y', ...browsers.map(({ name }) => name)]);
  });
}
if (lacks(engines.chromium) && isInstalled(engines.playwright)) {
  // With the system's libraries, for which it calls sudo itself.
  attempt('playwright-core', () => {
    const program = join(engineFolder, 'node_modules/playwright-core/cli.js');
    const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: browserFolder };
    execFileSync(process.execPath, [program, 'install', '--with-deps', '--no-shell', 'chromium'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  });
}
for (const engine of all()) {
  if (hasBuild(engine)) console.log(`${isInstalled(engine) ? 'installed' : 'missing  '} ${label(engine)}`);
  else console.log(`skipped   ${engine.name}, which has no build for ${platform}`);
}
process.exitCode = missing().length > 0 ? 1 : 0;
