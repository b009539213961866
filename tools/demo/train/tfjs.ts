// Owns the part of @tensorflow/tfjs that training uses: its loading, and its types, so that the project compiles without the package.
import { createRequire } from 'node:module';

export interface Tensor {
  readonly shape: number[];
  dataSync(): Float32Array;
  matMul(right: Tensor): Tensor;
  add(right: Tensor): Tensor;
  mul(right: Tensor): Tensor;
  relu(): Tensor;
  sigmoid(): Tensor;
  clipByValue(min: number, max: number): Tensor;
  dispose(): void;
}

interface Optimizer {
  learningRate: number;
  /** One step down the gradient of the scalar that `loss` gives; returns it where asked. */
  minimize(loss: () => Tensor, returnCost: boolean): Tensor;
}

export interface Tfjs {
  readonly train: { adam(learningRate: number): Optimizer };
  readonly losses: { softmaxCrossEntropy(oneHot: Tensor, logits: Tensor): Tensor };
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  scalar(value: number): Tensor;
  variable(initial: Tensor, trainable: boolean, name: string): Tensor;
  tidy<T>(work: () => T): T;
  /** An operation with a gradient function of its own, which gives one tensor per operand. */
  customGrad(
    compute: (...operands: Tensor[]) => { value: Tensor; gradFunc: (gradient: Tensor) => Tensor[] },
  ): (...operands: Tensor[]) => Tensor;
}

/** tfjs on its plain CPU backend, the only one here with kernels for every gradient. */
export async function loadTfjs(): Promise<Tfjs> {
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs') as Tfjs;
  await tf.setBackend('cpu');
  return tf;
}
