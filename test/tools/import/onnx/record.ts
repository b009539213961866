// Owns recording what stock ONNX Runtime gives for operator-cases.ts: npx tsx test/tools/import/onnx/record.ts, with bench/peers installed.
import { writeFileSync } from 'node:fs';
import { runOnnxRuntime } from '../../../../bench/peers/onnxruntime';
import { onnxFile } from './file';
import { inputsOf, operatorCases } from './operator-cases';
import { encodeArray } from './operator-runs';

const lines: string[] = [];
for (const model of operatorCases) {
  const results = await runOnnxRuntime(onnxFile(model), inputsOf(model)).catch((cause) => {
    throw new Error(model.title, { cause });
  });
  const [output] = results.values();
  lines.push(`${JSON.stringify(model.title)}: ${JSON.stringify(encodeArray(output))}`);
}
writeFileSync(new URL('recorded.json', import.meta.url), `{\n${lines.map((line) => `  ${line}`).join(',\n')}\n}\n`);
