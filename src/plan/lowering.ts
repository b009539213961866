// Owns the state of lowering: which forms of each value exist and where, and the steps emitted so far.
import {
  describeNode,
  dtypeBytes,
  elementCount,
  type Graph,
  type Node,
  type OperatorType,
  type TensorData,
  type Value,
} from '../graph/graph';
import type { Binary, DescriptorShape, Exact, Fields } from './descriptor';
import type { Emitter, Format, Place } from './format';
import { containsBorder, hasBorder, imageShape, isGapless, type Layout, makeLayout } from './layout';
import { type LayoutRequirement, layoutRequirements, noRequirement } from './layout-requirements';
import type { PackingJob } from './pack';
import { type Address, at, type Region, Regions } from './region';
import type { Image, NodeSteps, Port, Step } from './step';

/** Emits the steps of one node and returns the kernel's name; undefined, with nothing emitted, when the binary has none for it. */
export type Lower<T extends OperatorType> = (lowering: Lowering, node: Node<T>) => string | undefined;

export type Lowerings = { readonly [T in OperatorType]?: Lower<T> };

/** A binary with the format that it computes in and the way of nodes to its kernels: what an entry binds. */
export interface Backend {
  readonly format: Format;
  readonly lowerings: Lowerings;
}

/** A value as dense codes or elements, as an image in its format, or both; the missing one is made when a kernel reads it. */
export class Lowering implements Emitter {
  private readonly regions: Regions;
  private readonly steps: Step[] = [];
  private readonly packing: PackingJob[] = [];
  private readonly nodes: NodeSteps[] = [];
  private readonly denseValues = new Map<Value, Address>();
  private readonly images = new Map<Format, Map<Value, Image>>();
  /** Where each value lies as soon as its node has run. */
  private readonly places = new Map<Value, Place>();
  private readonly requirements: Map<Value, LayoutRequirement>;
  private readonly outputs: Set<Value>;
  private node: Node | undefined;

  /** Regions beyond `maxBytes` throw `too-large`. */
  constructor(
    private readonly graph: Graph,
    private readonly backends: readonly Backend[],
    maxBytes: number,
  ) {
    this.regions = new Regions(maxBytes);
    this.requirements = layoutRequirements(graph);
    this.outputs = new Set(graph.outputs);
    for (const value of graph.inputs) this.createDense(value).region.pinned = true;
  }

  /** Emits the steps of one node: by the first backend that has a kernel for it, or on the host. */
  lower(node: Node): void {
    this.node = node;
    const begin = this.steps.length;
    let kernel: string | undefined;
    for (const { lowerings } of this.backends) kernel ??= (lowerings[node.type] as Lower<OperatorType> | undefined)?.(this, node);
    kernel ??= this.host(node);
    // Graph outputs are made dense as soon as they exist, so that their images need not live on.
    for (const value of node.outputs) if (this.outputs.has(value)) this.dense(value);
    this.nodes.push({ node, kernel, begin, end: this.steps.length });
    this.node = undefined;
  }

  result() {
    const port = (value: Value): Port => {
      const address = this.dense(value);
      address.region.pinned = true;
      return { value, at: address };
    };
    const { steps, packing, nodes, places, graph, regions } = this;
    return { inputs: graph.inputs.map(port), outputs: graph.outputs.map(port), steps, packing, nodes, places, regions: regions.all };
  }

  /** Data of the current node, written at load. */
  constant(name: string, data: ArrayBufferView): Address {
    return at(this.regions.constant(this.regionName(name), data));
  }

  /** Room for weights of the current node. */
  packed(name: string, bytes: number): Region {
    return this.regions.packed(this.regionName(name), bytes);
  }

  /** Room that the current node needs while it runs. */
  workspace(name: string, bytes: number): Region {
    return this.regions.arena(this.regionName(name), bytes);
  }

  shared(key: string, make: () => ArrayBufferView): Address {
    return at(this.regions.shared(key, make));
  }

  private regionName(name: string): string {
    return `${describeNode(this.node!)} ${name}`;
  }

  emit<D, O extends keyof D & string, F extends D[O]>(binary: Binary<D>, operator: O, fields: Exact<F, D[O]>): void {
    const shape: DescriptorShape = binary.operators[operator];
    this.steps.push({ kind: 'core', binary: binary as Binary, operator, shape, fields: fields as object as Fields, node: this.node });
  }

  pack(job: PackingJob): void {
    this.packing.push(job);
  }

  /** The format of a value in the binaries; none: it only exists as dense elements, for the host. */
  formatOf(value: Value): Format | undefined {
    return this.backends.find(({ format }) => format.represents(value))?.format;
  }

  /** The layout that a value's consumers require, in one of its formats. */
  requiredLayout(value: Value, format = this.formatOf(value)!): Layout {
    const { border, compact } = this.requirements.get(value) ?? noRequirement;
    return makeLayout(imageShape(value.shape), format.elementBytes, border, compact);
  }

  dense(value: Value): Address {
    const known = this.denseValues.get(value);
    if (known) return known;
    if (value.data) {
      const address = at(this.regions.constant(value.name, value.data));
      this.aliasDense(value, address);
      return address;
    }
    const image = this.existingImage(value)!;
    const address = this.createDense(value);
    this.formatOf(value)!.toDense(this, value, image, address);
    return address;
  }

  image(value: Value, format = this.formatOf(value)!): Image {
    const known = this.existingImage(value, format);
    if (known) return known;
    const layout = this.requiredLayout(value, format);
    // Only the arena has borders, which are cleared in every run: a constant image that needs one is made in every run, too.
    if (value.data && !hasBorder(layout)) {
      const constant = { region: this.regions.packed(value.name, layout.bytes), layout };
      this.imagesIn(format).set(value, constant);
      format.fillConstant(this, value, constant);
      return constant;
    }
    if (format.denseIsImage && isGapless(layout)) return this.aliasImage(value, { region: this.dense(value).region, layout });
    const image = this.createImage(value, format);
    format.fill(this, value, image);
    return image;
  }

  /** An image that need not be made. */
  existingImage(value: Value, format = this.formatOf(value)!): Image | undefined {
    return this.imagesIn(format).get(value);
  }

  private imagesIn(format: Format): Map<Value, Image> {
    const images = this.images.get(format) ?? new Map<Value, Image>();
    this.images.set(format, images);
    return images;
  }

  createDense(value: Value): Address {
    const bytes = elementCount(value.shape) * dtypeBytes[value.dtype];
    const address = at(this.regions.arena(`${value.name} (dense)`, bytes));
    this.aliasDense(value, address);
    return address;
  }

  /** Memory for a value in the layout that its consumers require; the border is cleared before anything is written. */
  createImage(value: Value, format = this.formatOf(value)!): Image {
    const layout = this.requiredLayout(value, format);
    const image = this.aliasImage(value, { region: this.regions.arena(value.name, layout.bytes), layout }, format);
    if (hasBorder(layout)) this.clearBorder(image, format);
    return image;
  }

  private clearBorder({ region, layout }: Image, format: Format): void {
    const { border, rowBytes, pixelBytes } = layout;
    this.clear(format, layout, at(region), layout.rows, {
      topBytes: border.top * rowBytes,
      bottomBytes: border.bottom * rowBytes,
      leftBytes: border.left * pixelBytes,
      rightBytes: border.right * pixelBytes,
    });
  }

  /** Zeros around `rows` rows of every image; `output` is where the bytes on top begin. */
  clear(
    { binary }: Format,
    { images, imageBytes, rowBytes }: Layout,
    output: Address,
    rows: number,
    around: Record<`${'top' | 'bottom' | 'left' | 'right'}Bytes`, number>,
  ): void {
    this.emit(binary, 'Clear', { output, images, rows, imageBytes, rowBytes, ...around });
  }

  /** `value` is another name for these dense elements. */
  aliasDense(value: Value, address: Address): void {
    this.denseValues.set(value, address);
    if (!this.places.has(value)) this.places.set(value, address);
  }

  /** `value` lies here, in a layout with at least the border that its consumers require. */
  aliasImage(value: Value, image: Image, format = this.formatOf(value)!): Image {
    this.imagesIn(format).set(value, image);
    if (format.denseIsImage && isGapless(image.layout)) this.aliasDense(value, at(image.region));
    else if (!this.places.has(value)) this.places.set(value, { image, format });
    return image;
  }

  /**
   * `output` becomes another name for the memory of an image of equal elements when that lies as the consumers of `output` require;
   * `layout` is the memory as `output` sees it.
   */
  tryAlias(output: Value, { region }: Image, layout: Layout): boolean {
    const required = this.requiredLayout(output);
    const fits = layout.pixelElements === required.pixelElements && containsBorder(layout.border, required.border);
    if (fits) this.aliasImage(output, { region, layout });
    return fits;
  }

  /** Runs a node on the host through its reference kernel, on dense tensors. */
  private host(node: Node): string {
    const inputs = node.inputs.map((value): Address | TensorData | undefined => value && (value.data ?? this.dense(value)));
    this.steps.push({ kind: 'host', node, inputs, outputs: node.outputs.map((value) => this.createDense(value)) });
    return 'host';
  }
}
