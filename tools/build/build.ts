// Owns the order of the build: the ABI and the binaries from assembly/, then, without `--core`, the runtime and the tools.
import { buildAbi } from './abi';
import { buildBinaries } from './binaries';
import { buildRuntime, buildTools } from './entries';

buildAbi();
await buildBinaries();
if (!process.argv.includes('--core')) {
  await buildRuntime();
  await buildTools();
}
