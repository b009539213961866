// Owns the description of a loaded model as a few lines of text.
import type { OperatorInfo } from './operator-info';
import type { MemoryBytes } from './plan/plan';
import type { TensorInfo } from './tensor';

/** The properties of a model that it keeps after `dispose`. */
interface Summary {
  readonly name: string;
  readonly operators: readonly OperatorInfo[];
  readonly memory: MemoryBytes;
}

/** `input 'image' uint8 [1,224,224,3], real = 0.0078125 * (code - 128)` */
function tensorLine(role: string, { name, shape, dtype, scale, zeroPoint }: TensorInfo): string {
  return `${role} '${name}' ${dtype} [${shape}]${scale === undefined ? '' : `, real = ${scale} * (code - ${zeroPoint})`}`;
}

/** `15 CONV_2D, 13 DEPTHWISE_CONV_2D`: how often each text occurs, in order of first occurrence. */
function counts(texts: readonly string[]): string {
  return [...new Set(texts)].map((text) => `${texts.filter((other) => other === text).length} ${text}`).join(', ');
}

/** `tensors`: inputs and outputs, undefined after `dispose`. */
export function describeModel(
  { name, operators, memory }: Summary,
  tensors: Readonly<Record<'inputs' | 'outputs' | 'states', readonly TensorInfo[]>> | undefined,
): string {
  const lines = [
    ...(tensors ? tensors.inputs.map((tensor) => tensorLine('input', tensor)) : ['disposed']),
    ...(tensors?.outputs ?? []).map((tensor) => tensorLine('output', tensor)),
    ...(tensors?.states ?? []).map((tensor) => tensorLine('state', tensor)),
    `${operators.length} operators: ${counts(operators.map(({ type }) => type))}`,
    `kernels: ${counts(operators.map(({ kernel }) => kernel))}`,
    `memory: ${memory.total} bytes, of which ${memory.weights} weights, ${memory.arena} arena, ${memory.program} program`,
  ];
  return `Model '${name}'\n  ${lines.join('\n  ')}`;
}
