// Owns the scale and zero point of every activation, from calibrated ranges and each operator's rule.
import { ModelError } from 'zeropoint';
import { activationParams, codeRange, describeValue, type Graph, type Node, type TensorParams, type Value } from 'zeropoint/graph';
import type { Ranges, TensorRange } from '../../calibrate/ranges';
import { memberOf } from '../../json';
import { fixedOutput, outputRule } from './operators';
import type { CodeType } from './scheme';

/** Disjoint sets (union-find) of values that share one scale and zero point. */
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

/** Smallest range that holds all elements of a float constant and 0. */
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

/** Scale and zero point of the 8-bit form of each float value. */
export class ActivationParameters {
  private readonly groups = new Groups();
  private readonly fixed = new Map<Value, TensorParams>();
  private readonly members = new Map<Value, Value[]>();
  /** Outputs of nodes with the rule `shared`. */
  private readonly forwarded = new Set<Value>();
  private readonly known = new Map<Value, TensorParams>();

  /** `quantized`: the nodes of `graph` that become 8-bit; `dtype`: of their activations. */
  constructor(
    graph: Graph,
    quantized: ReadonlySet<Node>,
    private readonly ranges: Ranges['tensors'],
    private readonly dtype: CodeType,
  ) {
    for (const node of graph.nodes) {
      if (!quantized.has(node)) continue;
      const rule = outputRule(node, dtype);
      if (rule === 'fixed') this.fixed.set(node.outputs[0], fixedOutput(node.type, dtype));
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

  /** Parameters with which the value's producer writes it. @throws ModelError `bad-argument` where the value has no range */
  of(value: Value): TensorParams {
    return this.fixed.get(value) ?? this.shared(value);
  }

  /**
   * Parameters with which a node of the rule `shared` reads or writes the value. They differ from `of` where a fixed output shares its
   * group with values of other ranges; a QUANTIZE then converts. @throws ModelError `bad-argument` where the group has no range
   */
  shared(value: Value): TensorParams {
    const root = this.groups.root(value);
    let params = this.known.get(root);
    if (!params) {
      params = this.choose(root);
      this.known.set(root, params);
    }
    return params;
  }

  /** Parameters of a group: fixed ones where all its sources have the same, else those of the union of its members' ranges. */
  private choose(root: Value): TensorParams {
    const members = this.members.get(root)!;
    const sources = members.filter((value) => !this.forwarded.has(value));
    const params = this.fixed.get(sources[0]);
    if (params && sources.every((value) => this.fixed.get(value) === params)) return params;
    let [min, max, found] = [0, 0, false];
    for (const value of members) {
      const range = value.data ? constantRange(value) : (this.fixedRange(value) ?? memberOf(this.ranges, value.name));
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
    return activationParams(min, max, this.dtype);
  }

  /** Real numbers of the lowest and highest code of a fixed output. */
  private fixedRange(value: Value): TensorRange | undefined {
    const params = this.fixed.get(value);
    if (!params) return undefined;
    const { min, max } = codeRange(this.dtype);
    const real = (code: number) => params.scale * (code - params.zeroPoint);
    return { min: real(min), max: real(max) };
  }
}
