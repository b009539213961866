// Owns top-1 accuracy on labelled samples, by which a search judges what it finds.
import { ModelError } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import type { Graph, TensorData } from 'zeropoint/graph';
import { bestClass, labelOffset } from 'zeropoint/tasks';
import type { Samples } from '../../dataset/dataset';
import { loadFloat, sampleBatch } from '../../model/float-model';
import { setInputs } from '../../model/inputs';
import { checkLabels } from '../../model/labels';
import type { Step } from '../../steps';

/** Index of the best class. */
export type Classifier = (inputs: readonly TensorData[]) => number;

export class DropMeter {
  private readonly offset: number;
  private floatTop1: number | undefined;

  /** `offset`: output index = label + offset; default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  constructor(
    private readonly graph: Graph,
    private readonly dataset: Samples,
    offset?: number,
  ) {
    const classes = graph.outputs[0].shape.at(-1) ?? 0;
    this.offset = offset ?? labelOffset(classes, dataset.classes);
    checkLabels(classes, dataset.classes, this.offset);
  }

  /**
   * Percentage points of top-1 by which a quantized file falls short of the float network; `newStep` gives the steps of a pass over the
   * samples. @throws ModelError `bad-argument` where no sample has a label, or a label is beyond the classes
   */
  async dropOf(bytes: Uint8Array, newStep: () => Step): Promise<number> {
    this.floatTop1 ??= await this.top1(floatClassifier(this.graph), newStep());
    return 100 * (this.floatTop1 - (await this.top1(quantizedClassifier(bytes), newStep())));
  }

  /** In [0, 1]. */
  private async top1(classify: Classifier, step: Step): Promise<number> {
    let [right, labelled] = [0, 0];
    for await (const { inputs, label } of this.dataset) {
      await step();
      if (label === undefined) continue;
      labelled++;
      if (classify(inputs) === label + this.offset) right++;
    }
    if (labelled === 0) throw new ModelError('bad-argument', 'the samples have no labels, which --max-drop needs; give --labels CSV');
    return right / labelled;
  }
}

function floatClassifier(graph: Graph): Classifier {
  const model = loadFloat(graph, { batch: sampleBatch(graph) });
  return (inputs) => bestClass(model.run(inputs)[0] as Float32Array);
}

/** Of a quantized classifier with one output. */
export function quantizedClassifier(bytes: Uint8Array): Classifier {
  const model = loadSync(bytes);
  return (inputs) => {
    setInputs(model, inputs);
    model.run();
    return bestClass(model.outputs[0].data as Int8Array);
  };
}
