// Owns the state of lowering: where each value lies, dense or as an image, and the steps emitted so far.
import type { Account } from '../account';
import type { Scratch } from '../core/scratch';
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
import type { MultiplierTable } from '../graph/weighted';
import type { Binary, DescriptorShape, Exact, Fields } from './descriptor';
import type { DotRules } from './dot-rules';
import type { Emitter, Format, Place } from './format';
import { imagePlace, type Join, joinsOf } from './joins';
import { containsBorder, hasBorder, imageShape, isGapless, type Layout, makeLayout } from './layout';
import { type LayoutRequirement, layoutRequirements, noRequirement } from './layout-requirements';
import type { PackingJob } from './pack';
import { type Address, at, partOf, type Region, Regions, wholeOf } from './region';
import type { Carry, Failure, Image, NodeSteps, Port, StatePorts, Step } from './step';

/** Emits the steps of one node and returns the kernel's name; undefined, with nothing emitted, when the binary has none for it. */
export type Lower<T extends OperatorType> = (lowering: Lowering, node: Node<T>) => string | undefined;

type Lowerings = { readonly [T in OperatorType]?: Lower<T> };

/** A binary, by the format that it computes in, and the lowerings to its kernels. Entries bind backends. */
export interface Backend {
  readonly format: Format;
  readonly lowerings: Lowerings;
}

function denseBytes({ shape, dtype }: Value): number {
  return elementCount(shape) * dtypeBytes[dtype];
}

/** A value as dense codes or elements, as an image in its format, or both; the missing one is made when a kernel reads it. */
export class Lowering implements Emitter {
  private readonly regions: Regions;
  private readonly steps: Step[] = [];
  private readonly packing: PackingJob[] = [];
  private readonly nodes: NodeSteps[] = [];
  private readonly denseValues = new Map<Value, Address>();
  private readonly images = new Map<Format, Map<Value, Image>>();
  /** Images as 8-bit terms, by the images that they were made of. */
  readonly terms = new Map<Image, Image>();
  /** Where each value lies when its node has run. */
  private readonly places = new Map<Value, Place>();
  private readonly requirements: Map<Value, LayoutRequirement>;
  private readonly outputs: Set<Value>;
  private readonly joins: ReadonlyMap<Value, Join>;
  private node: Node | undefined;

  /** Regions beyond `maxBytes` throw `too-large`. */
  constructor(
    private readonly graph: Graph,
    private readonly backends: readonly Backend[],
    readonly multipliers: MultiplierTable,
    maxBytes: number,
    readonly account: Account | undefined,
    /** Of the dot products of the relaxed core; undefined: the core has none. */
    readonly dots: DotRules | undefined,
    /** For what the core computes while a plan is made. */
    readonly scratch: Scratch,
    /** That run descriptors together. */
    readonly threads = 1,
  ) {
    this.regions = new Regions(maxBytes, account);
    this.requirements = layoutRequirements(graph);
    this.outputs = new Set(graph.outputs);
    this.joins = joinsOf(graph, this);
    for (const value of graph.inputs) this.createDense(value).region.pinned = true;
  }

  /** Emits the steps of one node: by the first backend that has a kernel for it, or on the host. */
  lower(node: Node): void {
    this.node = node;
    const begin = this.steps.length;
    let kernel: string | undefined;
    for (const { lowerings } of this.backends) kernel ??= (lowerings[node.type] as Lower<OperatorType> | undefined)?.(this, node);
    kernel ??= this.host(node);
    // Graph outputs are made dense at once, which ends the lifetimes of their images.
    for (const value of node.outputs) if (this.isOutput(value)) this.dense(value);
    this.nodes.push({ node, kernel, begin, end: this.steps.length });
    this.node = undefined;
  }

  /** What is planned so far, with graph inputs and outputs as dense, pinned regions. */
  result() {
    const { steps, packing, nodes, places, graph, regions } = this;
    const { states = [] } = graph;
    const port = (value: Value): Port => {
      const address = this.dense(value);
      address.region.pinned = true;
      return { value, at: address };
    };
    const [inputs, outputs] = [graph.inputs.map(port), graph.outputs.map(port)];
    const statePorts = states.map(
      (state, i): StatePorts => ({ state, input: inputs.at(i - states.length)!, output: outputs.at(i - states.length)! }),
    );
    const carries: Carry[] = statePorts.map(({ input, output }) => ({ from: output.at, to: input.at, bytes: denseBytes(input.value) }));
    const begins = new Set(statePorts.map(({ input }) => wholeOf(input.at.region)));
    // What a user reads after a run must not lie where the next run's state does.
    const userOutputs = outputs.slice(0, outputs.length - states.length).map((output): Port => {
      if (!begins.has(wholeOf(output.at.region))) return output;
      const copy = at(regions.arena(`${output.value.name} (copy)`, denseBytes(output.value)));
      copy.region.pinned = true;
      carries.push({ from: output.at, to: copy, bytes: denseBytes(output.value) });
      return { value: output.value, at: copy };
    });
    const userInputs = inputs.slice(0, inputs.length - states.length);
    return { inputs: userInputs, outputs: userOutputs, states: statePorts, carries, steps, packing, nodes, places, regions: regions.all };
  }

  /** Data of the current node, written at load. */
  constant(name: string, data: ArrayBufferView): Address {
    return at(this.regions.constant(this.regionName(name), data));
  }

  /** Memory for weights of the current node, packed at load. */
  packed(name: string, bytes: number): Region {
    return this.regions.packed(this.regionName(name), bytes);
  }

  /** Memory that the current node uses while it runs. */
  workspace(name: string, bytes: number): Region {
    return this.regions.arena(this.regionName(name), bytes);
  }

  shared(key: string, entries: number, make: () => ArrayBufferView): Address {
    return at(this.regions.shared(key, entries, make));
  }

  /** Memory that `job` fills at load, once for all descriptors that share `key`, which must determine its content. */
  sharedPacked(key: string, bytes: number, job: (output: Address) => PackingJob): Address {
    const region = this.regions.sharedPacked(key, bytes, (made) => this.pack(job(at(made))));
    return at(region);
  }

  private regionName(name: string): string {
    return `${describeNode(this.node!)} ${name}`;
  }

  /** `failure`: of a descriptor that may meet elements that it cannot take. */
  emit<D, O extends keyof D & string, F extends D[O]>(binary: Binary<D>, operator: O, fields: Exact<F, D[O]>, failure?: Failure): void {
    const shape: DescriptorShape = binary.operators[operator];
    const { node } = this;
    this.steps.push({ kind: 'core', binary: binary as Binary, operator, shape, fields: fields as object as Fields, node, failure });
  }

  pack(job: PackingJob): void {
    this.packing.push(job);
  }

  /** The format of a value in the binaries; undefined: it exists as dense elements only, for the host. */
  formatOf(value: Value): Format | undefined {
    return this.backends.find(({ format }) => format.represents(value))?.format;
  }

  /** The layout that a value's consumers require (see layoutRequirements), in its own format or another. */
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
    // Borders are cleared in every run and exist in the arena only: a constant's image with a border is made in every run, too.
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

  /** Whether the graph gives this value to its user. */
  isOutput(value: Value): boolean {
    return this.outputs.has(value);
  }

  /** An image that need not be made; none where the value has no format. */
  existingImage(value: Value, format = this.formatOf(value)): Image | undefined {
    return format && this.imagesIn(format).get(value);
  }

  private imagesIn(format: Format): Map<Value, Image> {
    const images = this.images.get(format) ?? new Map<Value, Image>();
    this.images.set(format, images);
    return images;
  }

  createDense(value: Value): Address {
    const known = this.denseValues.get(value);
    if (known) return known;
    const address = this.joinedDense(value) ?? at(this.regions.arena(`${value.name} (dense)`, denseBytes(value)));
    this.aliasDense(value, address);
    return address;
  }

  /**
   * Memory for a value in the layout that its consumers require; the border is cleared before anything is written. The result of a node that
   * joins values has had it since the first of them was computed.
   */
  createImage(value: Value, format = this.formatOf(value)!): Image {
    const known = this.existingImage(value, format) ?? this.joinedImage(value, format);
    if (known) return known;
    const layout = this.requiredLayout(value, format);
    const image = this.aliasImage(value, { region: this.regions.arena(value.name, layout.bytes), layout }, format);
    if (hasBorder(layout)) this.clearBorder(image, format);
    return image;
  }

  /** The place of a value in the image of what it is joined to. */
  private joinedImage(value: Value, format: Format): Image | undefined {
    const join = this.joins.get(value);
    if (!join || join.region || format !== this.formatOf(value)) return undefined;
    const whole = this.createImage(join.whole, format);
    const places = join.values.map((each) => imagePlace(whole, join.first, each, this.requiredLayout(each)));
    if (!places.every((place) => place !== undefined)) return undefined;
    const place = places[join.values.indexOf(value)];
    join.region = place.region;
    return this.aliasImage(value, place, format);
  }

  /** As joinedImage, of dense elements. */
  private joinedDense(value: Value): Address | undefined {
    const join = this.joins.get(value);
    if (!join || join.region) return undefined;
    const { whole, first } = join;
    const format = this.formatOf(whole);
    // Dense elements are a part of an image where they are one themselves.
    if (format && !(format.denseIsImage && isGapless(this.requiredLayout(whole)) && isGapless(this.createImage(whole).layout)))
      return undefined;
    const { region, offset } = this.createDense(whole);
    join.region = partOf(region, offset + first * dtypeBytes[value.dtype], denseBytes(value));
    return join.region && at(join.region);
  }

  /** Whether operand `index` of a node that joins values has been computed in its place, as `region` says. */
  isInPlace({ inputs, outputs }: Node, index: number, region: Region): boolean {
    const join = this.joins.get(inputs[index]!);
    return join?.whole === outputs[0] && join.index === index && join.region === region;
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

  /** Emits the clearing of the bytes around `rows` rows of every image; `output` is where those on top begin. */
  clear(
    { binary }: Format,
    { images, imageBytes, rowBytes }: Layout,
    output: Address,
    rows: number,
    around: Record<`${'top' | 'bottom' | 'left' | 'right'}Bytes`, number>,
  ): void {
    this.emit(binary, 'Clear', { output, images, rows, imageBytes, rowBytes, ...around });
  }

  /** Records that the dense elements of `value` lie at `address`. */
  aliasDense(value: Value, address: Address): void {
    this.denseValues.set(value, address);
    if (!this.places.has(value)) this.places.set(value, address);
  }

  /** Records an image of `value`, whose border is at least as wide as its consumers require. */
  aliasImage(value: Value, image: Image, format = this.formatOf(value)!): Image {
    this.imagesIn(format).set(value, image);
    if (format.denseIsImage && isGapless(image.layout)) this.aliasDense(value, at(image.region));
    else if (!this.places.has(value)) this.places.set(value, { image, format });
    return image;
  }

  /**
   * Makes `output` an alias of an image of equal elements, read in `layout`, when that fits what the consumers of `output` require:
   * the same distance between pixels and a border at least as wide. Returns whether it does.
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
