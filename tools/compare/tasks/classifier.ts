// Owns the comparison of a classifier beside other heads.
import { ClassificationCounter, type ClassificationState } from '../classification';
import type { ClassifierComparison } from '../figures';

export interface ClassifierState {
  readonly task: 'classifier';
  readonly name: string;
  readonly counts: ClassificationState;
}

export class ClassifierMeasure {
  constructor(
    private readonly name: string,
    readonly counter: ClassificationCounter,
  ) {}

  merge({ counter }: ClassifierMeasure): void {
    this.counter.merge(counter);
  }

  state(): ClassifierState {
    return { task: 'classifier', name: this.name, counts: this.counter.state() };
  }

  static from({ name, counts }: ClassifierState): ClassifierMeasure {
    return new ClassifierMeasure(name, ClassificationCounter.from(counts));
  }

  result(): ClassifierComparison {
    return { task: 'classifier', name: this.name, classification: this.counter.result() };
  }
}
