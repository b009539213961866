// Owns installing the engines that are not here yet: `npx tsx test/runtimes/install.ts`. Exit code 1 when one is still missing.
import { execFileSync } from 'node:child_process';
import { npm } from '../package/installed';
import { type Engine, engineFolder, engines, isInstalled, label } from './engines';

const all: Engine[] = Object.values(engines);
const missing = (): Engine[] => all.filter((engine) => !isInstalled(engine));

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    console.error(`${what} failed: ${(error as Error).message}`);
  }
}

if (missing().some((engine) => engine.package)) {
  // Unlike `npm ci`, this keeps what is there.
  attempt('npm install', () => npm(['install', '--no-save', '--no-workspaces'], engineFolder));
}
if (!isInstalled(engines.chromium) && process.getuid?.() === 0) {
  attempt('apt-get', () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update'], { env, stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', 'chromium'], { env, stdio: 'ignore' });
  });
}
for (const engine of all) console.log(`${isInstalled(engine) ? 'installed' : 'missing  '} ${label(engine)}`);
process.exitCode = missing().length > 0 ? 1 : 0;
