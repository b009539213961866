// Owns the table of docs/operators.md, made from the tables of the code.
import { customOperators } from '../src/custom';
import { coreBackend } from '../src/plan/lower';
import { floatBackend } from '../src/plan/lower-float';
import { optionSchemas } from '../src/tflite/operator-options';
import { builtinNames, detectionPostProcessName, transposeBiasName } from '../src/tflite/schema';

const begin = '<!-- operators: written by npm run docs:write -->\n';
const end = '<!-- end of operators -->\n';

/** What costs nothing in the core: the shape alone changes. */
const reshapes = ['RESHAPE', 'SQUEEZE', 'EXPAND_DIMS'];

/** The table in Markdown: where each operator runs, by the first binary of the entry that has a kernel for it. */
export function operatorTable(): string {
  const all = [...Object.keys(optionSchemas), detectionPostProcessName];
  const inCore = Object.keys(coreBackend.lowerings).filter((type) => !reshapes.includes(type));
  const inFloat = Object.keys(floatBackend.lowerings);
  const onHost = all.filter((type) => !inCore.includes(type) && !reshapes.includes(type));
  const recurrent = Object.keys(customOperators).filter((name) => builtinNames.includes(name));
  const custom = Object.keys(customOperators).filter((name) => !builtinNames.includes(name));
  const rows = [
    ['in the core', `${inCore.join(', ')}; ${reshapes.join(', ')} cost nothing`],
    ['on the float binary', `of \`zeropoint/float\`, on float32: ${inFloat.join(', ')}`],
    ['on the host', `${onHost.join(', ')}; \`inspect\` says so`],
    [
      'recurrent layers',
      `of \`zeropoint/float\`, on its binary, in float32, hybrid and int8: ${recurrent.join(', ')}; other entries name it where they refuse a file`,
    ],
    [
      'custom operators of MediaPipe and Coral',
      `of \`zeropoint/float\`, on the host, as CUSTOM nodes of graphs: ${custom.join(', ')}; of any entry: ` +
        `${transposeBiasName}, which is read as TRANSPOSE_CONV`,
    ],
  ];
  return ['| where | operators |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`), ''].join('\n');
}

/** `page` with the table as it is now. @throws Error where the marks are missing */
export function withOperatorTable(page: string): string {
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error('docs/operators.md lacks the marks of its table');
  return `${before}${begin}${operatorTable()}${end}${after}`;
}
