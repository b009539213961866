// Owns the state of lowering a float graph: where each value lies, in which layouts, and the steps emitted so far.
import { dtypeBytes, elementCount, type Graph, type Node, type TensorData, type Value } from '../graph/graph';
import { hasBorder, type Layout } from '../plan/layout';
import { at, type Field, type Reference, Regions } from '../plan/region';
import { demandedLayouts, floatLayout } from './demands';
import { forEachRun } from './runs';
import type { Fill, FloatOperator, Image, NodeSteps, Place, Step } from './step';

/** A value as dense elements, as a float32 image, or both; the missing one is made when someone asks. */
export class Lowering {
  readonly regions: Regions;
  readonly steps: Step[] = [];
  readonly fills: Fill[] = [];
  readonly nodes: NodeSteps[] = [];
  /** Where each value lies as soon as its node has run. */
  readonly places = new Map<Value, Place>();
  private readonly denseValues = new Map<Value, Reference>();
  private readonly images = new Map<Value, Image>();
  private readonly layouts: Map<Value, Layout>;
  private readonly outputs: Set<Value>;
  private node: Node | undefined;
  private first = 0;

  /** Regions beyond `maxBytes` throw `too-large`. */
  constructor(graph: Graph, maxBytes: number) {
    this.regions = new Regions(maxBytes);
    this.layouts = demandedLayouts(graph);
    this.outputs = new Set(graph.outputs);
    for (const value of graph.inputs) this.createDense(value).region.pinned = true;
  }

  begin(node: Node): void {
    this.node = node;
    this.first = this.steps.length;
  }

  /** Graph outputs are made dense as soon as they exist, so that their image need not live on. */
  finish(): void {
    const node = this.node!;
    for (const value of node.outputs) if (this.outputs.has(value)) this.output(value);
    this.nodes.push({ node, first: this.first, last: this.steps.length });
  }

  /** Dense elements that stay until the run is over. */
  output(value: Value): Reference {
    const reference = this.dense(value);
    reference.region.pinned = true;
    return reference;
  }

  emit(operator: FloatOperator, fields: Record<string, Field>): void {
    this.steps.push({ kind: 'core', operator, fields });
  }

  /** `count` float32 that `write` fills at load. */
  fill(name: string, count: number, write: (target: Float32Array) => void): Reference {
    const region = this.regions.packed(name, count * 4);
    this.fills.push({ region, write });
    return at(region);
  }

  /** The layout that a float32 value's consumers ask for. */
  demandedLayout(value: Value): Layout {
    return this.layouts.get(value) ?? floatLayout(value.shape);
  }

  /** Dense elements of a value of any dtype. */
  dense(value: Value): Reference {
    const known = this.denseValues.get(value);
    if (known) return known;
    if (value.data) {
      const reference = at(this.regions.constant(value.name, value.data));
      this.denseValues.set(value, reference);
      return reference;
    }
    const image = this.images.get(value)!;
    const target = { region: this.createDense(value).region, layout: floatLayout(value.shape, undefined, true) };
    this.copy(image, target);
    return at(target.region);
  }

  /** A float32 value in the layout that its consumers ask for; constants are laid out at load. */
  image(value: Value): Image {
    const known = this.images.get(value);
    if (known) return known;
    const layout = this.demandedLayout(value);
    if (value.data) return this.constantImage(value, layout);
    const source = { region: this.dense(value).region, layout: floatLayout(value.shape, undefined, true) };
    if (isDense(layout)) {
      this.images.set(value, source);
      return source;
    }
    const image = this.createImage(value);
    this.copy(source, image);
    return image;
  }

  private constantImage(value: Value, layout: Layout): Image {
    const { region } = this.fill(value.name, layout.bytes / 4, (target) => {
      let from = 0;
      forEachRun(layout, (first, count) => {
        target.set((value.data as Float32Array).subarray(from, from + count), first);
        from += count;
      });
    });
    const image = { region, layout };
    this.images.set(value, image);
    return image;
  }

  private createDense(value: Value): Reference {
    const reference = at(this.regions.arena(`${value.name} (dense)`, elementCount(value.shape) * dtypeBytes[value.dtype]));
    this.aliasDense(value, reference);
    return reference;
  }

  /** Memory for a value in the layout that its consumers ask for; the border is cleared before anything is written. */
  createImage(value: Value): Image {
    const layout = this.demandedLayout(value);
    const image = { region: this.regions.arena(value.name, layout.bytes), layout };
    this.aliasImage(value, image);
    if (hasBorder(layout)) this.clearBorder(image);
    return image;
  }

  private clearBorder({ region, layout }: Image): void {
    const { border, rowBytes, pixelBytes } = layout;
    this.emit('Clear', {
      output: at(region),
      images: layout.images,
      rows: layout.rows,
      imageBytes: layout.imageBytes,
      topBytes: border.top * rowBytes,
      bottomBytes: border.bottom * rowBytes,
      rowBytes,
      leftBytes: border.left * pixelBytes,
      rightBytes: border.right * pixelBytes,
    });
  }

  /** Copies every pixel of `source` to `target`, from its first pixel or from `first` on. */
  copy(source: Image, target: Image, first: Reference = at(target.region, target.layout.origin)): void {
    this.emit('Copy', {
      input: at(source.region, source.layout.origin),
      output: first,
      ...imageFields(source.layout),
      elements: source.layout.channels,
      ...strides('input', source.layout),
      ...strides('output', target.layout),
    });
  }

  /** `value` is another name for these dense elements. */
  aliasDense(value: Value, reference: Reference): void {
    this.denseValues.set(value, reference);
    if (!this.places.has(value)) this.places.set(value, reference);
  }

  /** `value` lies here; its layout has at least the border that the consumers ask for. */
  aliasImage(value: Value, image: Image): void {
    this.images.set(value, image);
    if (isDense(image.layout)) this.aliasDense(value, at(image.region));
    else if (!this.places.has(value)) this.places.set(value, image);
  }

  /** The image of a value, unless it would have to be made of dense elements. */
  existingImage(value: Value): Image | undefined {
    return this.images.get(value);
  }

  /** Runs the current node on the host through its reference kernel, on dense tensors. */
  host(): void {
    const node = this.node!;
    const inputs = node.inputs.map((value): Reference | TensorData | undefined => value && (value.data ?? this.dense(value)));
    this.steps.push({ kind: 'host', node, inputs, outputs: node.outputs.map((value) => this.createDense(value)) });
  }
}

/** Nothing between the elements: the same bytes as a dense tensor. */
function isDense(layout: Layout): boolean {
  return !hasBorder(layout) && layout.pixelElements === layout.channels;
}

export function imageFields({ images, rows, columns }: Layout): Record<string, Field> {
  return { images, rows, columns };
}

/** The three strides of a layout under the names of one side of a descriptor. */
export function strides(side: 'input' | 'output', { imageBytes, rowBytes, pixelBytes }: Layout): Record<string, Field> {
  return { [`${side}ImageBytes`]: imageBytes, [`${side}RowBytes`]: rowBytes, [`${side}PixelBytes`]: pixelBytes };
}

/** Vectors of 4 channels in a padded pixel. */
export function vectors(layout: Layout): number {
  return layout.pixelElements / 4;
}
