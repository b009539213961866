// Owns the scale and zero point of every activation: from calibrated ranges, by each operator's rule, unified where values must share.
import { ModelError } from 'zeropoint';
import { activationParams, describeValue, type Graph, type Node, type TensorParams, type Value } from 'zeropoint/graph';
import type { Ranges, TensorRange } from '../../calibrate/ranges';
import type { SchemeName } from '../scheme';
import { fixedOutput, outputRule } from './operators';

/** Sets of values that share one scale and zero point. */
class Groups {
  private readonly parents = new Map<Value, Value>();

  root(value: Value): Value {
    let root = value;
    for (let next = this.parents.get(root); next; next = this.parents.get(root)) root = next;
    return root;
  }

  join(a: Value, b: Value): void {
    const [from, to] = [this.root(a), this.root(b)];
    if (from !== to) this.parents.set(from, to);
  }
}

/** Range over all elements of a constant. */
export function constantRange(value: Value): TensorRange {
  let [min, max] = [0, 0];
  for (const element of value.data as Float32Array) {
    min = Math.min(min, element);
    max = Math.max(max, element);
  }
  return { min, max };
}

/** Whether an operand is there and float. */
export const isReal = (value: Value | undefined): value is Value => value?.dtype === 'float32';

/** Parameters of float values once they are codes. */
export class ActivationParameters {
  private readonly groups = new Groups();
  private readonly fixed = new Map<Value, TensorParams>();
  private readonly members = new Map<Value, Value[]>();
  private readonly forwarded = new Set<Value>();
  private readonly known = new Map<Value, TensorParams>();

  /** `quantized`: the nodes of `graph` that become 8-bit. */
  constructor(
    graph: Graph,
    quantized: ReadonlySet<Node>,
    private readonly ranges: Ranges['tensors'],
    private readonly scheme: SchemeName,
  ) {
    for (const node of graph.nodes) {
      if (!quantized.has(node)) continue;
      const rule = outputRule(node);
      if (rule === 'fixed') this.fixed.set(node.outputs[0], fixedOutput(node.type, scheme));
      if (rule !== 'shared') continue;
      const values = [...node.inputs, ...node.outputs].filter(isReal);
      for (const value of values) this.groups.join(value, values[0]);
      for (const value of node.outputs) this.forwarded.add(value);
    }
    for (const value of graph.values) {
      const root = this.groups.root(value);
      const members = this.members.get(root);
      if (members) members.push(value);
      else this.members.set(root, [value]);
    }
  }

  /** As the value's producer writes it. */
  of(value: Value): TensorParams {
    return this.fixed.get(value) ?? this.shared(value);
  }

  /** As a node with the rule `shared` needs it: differs from `of` where a fixed output meets values of other ranges. */
  shared(value: Value): TensorParams {
    const root = this.groups.root(value);
    let params = this.known.get(root);
    if (!params) {
      params = this.choose(root);
      this.known.set(root, params);
    }
    return params;
  }

  private choose(root: Value): TensorParams {
    const members = this.members.get(root)!;
    // What enters the group from outside decides; values between shared nodes only pass on.
    const sources = members.filter((value) => !this.forwarded.has(value));
    const first = this.fixed.get(sources[0]);
    if (first && sources.every((value) => this.fixed.get(value) === first)) return first;
    let [min, max, found] = [0, 0, false];
    for (const value of members) {
      const range = value.data ? constantRange(value) : (this.fixedRange(value) ?? this.ranges[value.name]);
      if (!range) continue;
      min = Math.min(min, range.min);
      max = Math.max(max, range.max);
      found = true;
    }
    if (!found) {
      throw new ModelError('bad-argument', 'the calibration has no range for it; calibrate again with this model', {
        where: describeValue(root),
      });
    }
    return activationParams(min, max, this.scheme);
  }

  private fixedRange(value: Value): TensorRange | undefined {
    const params = this.fixed.get(value);
    if (!params) return undefined;
    const lowest = this.scheme === 'int8' ? -128 : 0;
    const real = (code: number) => params.scale * (code - params.zeroPoint);
    return { min: real(lowest), max: real(lowest + 255) };
  }
}
