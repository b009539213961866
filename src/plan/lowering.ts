// Owns the state of lowering: which representation of each value exists, and the steps emitted so far.
import { describeNode, dtypeBytes, elementCount, type Graph, type Node, type TensorData, type Value } from '../graph/graph';
import { zeroPointOf } from '../quant/params';
import { is8Bit, type LayoutDemand, layoutDemands } from './demands';
import type { FloatSegment } from './float-segment';
import { hasBorder, imageShape, type Layout, makeLayout, noBorder } from './layout';
import type { PackingJob } from './pack';
import type { Port } from './plan';
import { at, bytesOf, type Field, type Reference, type Region, Regions } from './region';
import type { Centred, CoreOperator, Step } from './step';

/** A value as dense codes or elements (`raw`), as centred int16, or both; the missing one is made when someone asks. */
export class Lowering {
  private readonly regions: Regions;
  private readonly steps: Step[] = [];
  private readonly packing: PackingJob[] = [];
  private readonly rawValues = new Map<Value, Reference>();
  private readonly centredValues = new Map<Value, Centred>();
  private readonly demands: Map<Value, LayoutDemand>;
  private readonly outputs: Set<Value>;
  private node: Node | undefined;

  /** Regions beyond `maxBytes` throw `too-large`. */
  constructor(
    private readonly graph: Graph,
    maxBytes: number,
  ) {
    this.regions = new Regions(maxBytes);
    this.demands = layoutDemands(graph);
    this.outputs = new Set(graph.outputs);
    for (const value of graph.inputs) this.createRaw(value).region.pinned = true;
  }

  begin(node: Node): void {
    this.node = node;
  }

  /** Graph outputs are converted as soon as they exist, so that their centred form need not live on. */
  finish(): void {
    for (const value of this.node!.outputs) if (this.outputs.has(value)) this.raw(value);
  }

  /** Everything but the kernels' names. */
  result() {
    this.node = undefined;
    const port = (value: Value): Port => {
      const reference = this.raw(value);
      reference.region.pinned = true;
      return { value, at: reference };
    };
    return {
      inputs: this.graph.inputs.map(port),
      outputs: this.graph.outputs.map(port),
      steps: this.steps,
      packing: this.packing,
      regions: this.regions.all,
      rawValues: this.rawValues,
      centredValues: this.centredValues,
    };
  }

  /** Data of the current node, written at load. */
  constant(name: string, data: ArrayBufferView): Reference {
    return at(this.regions.constant(this.regionName(name), data));
  }

  /** Room for weights of the current node. */
  packed(name: string, bytes: number): Reference {
    return at(this.regions.packed(this.regionName(name), bytes));
  }

  /** Room that the current node needs while it runs. */
  workspace(name: string, bytes: number): Reference {
    return at(this.regions.arena(this.regionName(name), bytes));
  }

  /** A constant made once per `key`, which must determine its content. */
  shared(key: string, make: () => ArrayBufferView): Reference {
    return at(this.regions.shared(key, make));
  }

  private regionName(name: string): string {
    return `${describeNode(this.node!)} ${name}`;
  }

  emit(operator: CoreOperator, fields: Record<string, Field>): void {
    this.steps.push({ kind: 'core', operator, fields, node: this.node });
  }

  pack(job: PackingJob): void {
    this.packing.push(job);
  }

  /** The layout that a value's consumers ask for. */
  demandedLayout(value: Value): Layout {
    const { border, compact } = this.demands.get(value) ?? { border: noBorder, compact: false };
    return makeLayout(imageShape(value.shape), border, compact);
  }

  /** Dense codes or elements of a value. */
  raw(value: Value): Reference {
    const known = this.rawValues.get(value);
    if (known) return known;
    if (value.data) {
      const reference = at(this.regions.constant(value.name, value.data));
      this.rawValues.set(value, reference);
      return reference;
    }
    const centred = this.centredValues.get(value)!;
    const { layout } = centred;
    const output = this.createRaw(value);
    this.emit('Uncenter', {
      input: origin(centred),
      output,
      ...imageFields(layout),
      channels: layout.channels,
      ...strides('input', layout),
      zeroPoint: zeroPointOf(value),
    });
    return output;
  }

  /** Centred int16 of an 8-bit value; constants without a border are centred once at load. */
  centred(value: Value): Centred {
    const known = this.centredValues.get(value);
    if (known) return known;
    const layout = this.demandedLayout(value);
    // Only the arena has borders: a constant image that needs one is centred in every run.
    if (value.data && !hasBorder(layout)) return this.centredConstant(value, layout);
    const input = this.raw(value);
    const output = this.createCentred(value);
    this.center(value, input, output);
    return output;
  }

  private centredConstant(value: Value, layout: Layout): Centred {
    const constant = { region: this.regions.packed(value.name, layout.bytes), layout };
    this.centredValues.set(value, constant);
    this.pack({ operator: 'Center', fields: centerFields(value, constant), source: bytesOf(value.data!) });
    return constant;
  }

  /** Dense codes of `value` at `input` to centred ones in the layout of `output`. */
  center(value: Value, input: Reference, output: Centred): void {
    this.emit('Center', { input, ...centerFields(value, output) });
  }

  /** Whether both forms of the value would have to be made from the raw one. */
  isRawOnly(value: Value): boolean {
    return !value.data && !this.centredValues.has(value);
  }

  createRaw(value: Value): Reference {
    const bytes = elementCount(value.shape) * dtypeBytes[value.dtype];
    const reference = at(this.regions.arena(`${value.name} (codes)`, bytes));
    this.rawValues.set(value, reference);
    return reference;
  }

  /** Memory for a value in the layout that its consumers ask for; the border is cleared before anything is written. */
  createCentred(value: Value): Centred {
    const layout = this.demandedLayout(value);
    const region = this.regions.arena(value.name, layout.bytes);
    const centred = { region, layout };
    this.centredValues.set(value, centred);
    if (hasBorder(layout)) this.clearBorder(region, layout);
    return centred;
  }

  private clearBorder(region: Region, layout: Layout): void {
    const { border, rowBytes, pixelBytes } = layout;
    this.clear(layout, at(region), layout.rows, {
      topBytes: border.top * rowBytes,
      bottomBytes: border.bottom * rowBytes,
      leftBytes: border.left * pixelBytes,
      rightBytes: border.right * pixelBytes,
    });
  }

  /** Zeros around `rows` rows of every image; `output` is where the bytes on top begin. */
  clear(layout: Layout, output: Reference, rows: number, around: Record<`${'top' | 'bottom' | 'left' | 'right'}Bytes`, number>): void {
    const { images, imageBytes, rowBytes } = layout;
    this.emit('Clear', { output, images, rows, imageBytes, rowBytes, ...around });
  }

  /** `output` is another name for the same raw elements. */
  aliasRaw(output: Value, reference: Reference): void {
    this.rawValues.set(output, reference);
  }

  /**
   * `output` shares the memory of `input` when that lies as the consumers of `output` ask; `layout` is the memory as `output` sees it.
   * The same centred elements, so the zero points must agree.
   */
  aliasCentred(output: Value, { region }: Centred, layout: Layout): boolean {
    const demanded = this.demandedLayout(output);
    const fits =
      layout.pixelElements === demanded.pixelElements &&
      layout.border.top >= demanded.border.top &&
      layout.border.bottom >= demanded.border.bottom &&
      layout.border.left >= demanded.border.left &&
      layout.border.right >= demanded.border.right;
    if (fits) this.centredValues.set(output, { region, layout });
    return fits;
  }

  /** Runs the current node on the host through its reference kernel, on dense tensors. */
  host(): string {
    const node = this.node!;
    const inputs = node.inputs.map((value): Reference | TensorData | undefined => value && (value.data ?? this.raw(value)));
    this.steps.push({ kind: 'host', node, inputs, outputs: node.outputs.map((value) => this.createRaw(value)) });
    return 'host';
  }

  /** Runs a segment on the float32 binary, on dense tensors. */
  float(segment: FloatSegment): void {
    const inputs = segment.inputs.map((value) => this.raw(value));
    this.steps.push({ kind: 'float', segment, inputs, outputs: segment.outputs.map((value) => this.createRaw(value)) });
  }
}

/** Codes to centred: the fields that do not depend on where the codes lie. */
function centerFields(value: Value, output: Centred): Record<string, Field> {
  const { layout } = output;
  return {
    output: origin(output),
    ...imageFields(layout),
    channels: layout.channels,
    ...strides('output', layout),
    zeroPoint: zeroPointOf(value),
    signed: isSigned(value),
  };
}

/** Where pixel (0, 0, 0) lies. */
export function origin({ region, layout }: Centred): Reference {
  return at(region, layout.origin);
}

/** The descriptors' flag of int8. */
export function isSigned(value: Value): 0 | 1 {
  return value.dtype === 'int8' ? 1 : 0;
}

export function imageFields({ images, rows, columns }: Layout): Record<string, Field> {
  return { images, rows, columns };
}

/** The three strides of a layout under the names of one side of a descriptor. */
export function strides(side: 'input' | 'output' | 'left' | 'right', { imageBytes, rowBytes, pixelBytes }: Layout): Record<string, Field> {
  return { [`${side}ImageBytes`]: imageBytes, [`${side}RowBytes`]: rowBytes, [`${side}PixelBytes`]: pixelBytes };
}

/** 8-bit activations only: what every core kernel but QUANTIZE and DEQUANTIZE asks first. */
export function all8Bit(values: readonly (Value | undefined)[]): boolean {
  return values.every((value) => value !== undefined && is8Bit(value));
}
