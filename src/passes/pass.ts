// Owns what a pass is and how it reports.
import type { Account } from '../account';
import { describeNode, type Graph, type Node } from '../graph/graph';
import type { Evaluate } from '../graph/shape-operands';

/** What a pass changed of one candidate, or why it declined to. */
export interface PassRecord {
  /** The pass, as `fuse-pad`. */
  readonly pass: string;
  /** The candidate, as `PAD #3`. */
  readonly node: string;
  readonly changed: boolean;
  readonly reason: string;
}

export interface PassOptions {
  /** The reference kernels. */
  evaluate: Evaluate;
  /** Of the load that the passes are part of; absent: nothing is charged. */
  account?: Account;
}

/** Edits a validated graph with inferred shapes, without changing any bit of its outputs; one record per candidate. */
export type Pass = (graph: Graph, options: PassOptions) => PassRecord[];

/** Collects the records of one pass. */
export class PassLog {
  readonly records: PassRecord[] = [];

  constructor(private readonly pass: string) {}

  changed(node: Node, reason: string): void {
    this.records.push({ pass: this.pass, node: describeNode(node), changed: true, reason });
  }

  declined(node: Node, reason: string): void {
    this.records.push({ pass: this.pass, node: describeNode(node), changed: false, reason });
  }
}
