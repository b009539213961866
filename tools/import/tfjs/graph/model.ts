// Owns importing a graph model: the nodes that its outputs depend on, in the order of execution, one converter per node.
import { ModelError } from 'zeropoint';
import type { DType, Value } from 'zeropoint/graph';
import { checkJson, dictionary, isObject, list, maybe, record, text } from '../../../json';
import { quote } from '../../../quote';
import { type ImportAccount, unitsOf } from '../../account';
import { attempt } from '../../attempt';
import { requireInputNames } from '../../options';
import { type Named, refuseUnsupported } from '../../unsupported';
import type { TfjsBuilder } from '../builder';
import { Config } from '../config';
import { addInput, type InputShapes } from '../input';
import type { Ends } from '../layers/model';
import { dependencyOrder } from '../order';
import type { Weights } from '../weights';
import { dimensionsOf, dtypeOf, NodeCall } from './call';
import { converters } from './operators/index';

/** `NodeDef` (tensorflow/core/framework/node_def.proto). */
interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** `name`, `name:output`, or `^name` for what only has to run before. */
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

const checkNodes = list(
  record<NodeDef>({
    name: text,
    op: text,
    input: maybe(list(text)),
    attr: maybe(dictionary((value) => value)),
  }),
);

/** One result of a node. */
interface Reference {
  readonly node: string;
  readonly output: number;
}

/** `node:2`, or `node:name:2` in functions, is result 2. */
function referenceOf(text: string): Reference {
  const [node, ...rest] = text.split(':');
  const output = rest.length === 0 ? 0 : Number(rest[rest.length - 1]);
  return { node, output: Number.isInteger(output) && output >= 0 ? output : -1 };
}

const operands = ({ input = [] }: NodeDef): Reference[] => input.flatMap((name) => (name.startsWith('^') ? [] : [referenceOf(name)]));
const whereOf = ({ op, name }: NodeDef): string => `${quote(op)} '${quote(name)}'`;

/** A named input or output of the signature. */
interface SignatureEntry extends Reference {
  readonly key: string;
  readonly info: Config;
}

function entriesOf(signature: Config | undefined, part: 'inputs' | 'outputs'): SignatureEntry[] {
  const members = signature?.member(part);
  if (!isObject(members)) return [];
  return Object.entries(members).map(([key, value]) => {
    const info = new Config(isObject(value) ? value : {}, `the signature's ${part}`);
    return { key, info, ...referenceOf(info.text('name', key)) };
  });
}

/** The nodes by name, and those that the outputs depend on, in the order of execution. */
class Nodes {
  readonly all: readonly NodeDef[];
  private readonly byName = new Map<string, NodeDef>();

  constructor(value: unknown, account: ImportAccount) {
    this.all = checkJson(checkNodes, value, 'modelTopology.node', 'convert the model again');
    account.charge(unitsOf.message * this.all.length, 'nodes');
    account.charge(unitsOf.scalar * this.all.reduce((sum, { input = [] }) => sum + input.length, 0), 'operands');
    for (const node of this.all) {
      if (this.byName.has(node.name)) throw new ModelError('bad-graph', 'another node has the same name', { where: whereOf(node) });
      this.byName.set(node.name, node);
    }
  }

  find(name: string, where: string): NodeDef {
    const node = this.byName.get(name);
    if (!node) throw new ModelError('bad-graph', `it reads '${quote(name)}', which is no node`, { where });
    return node;
  }

  /** Without a signature, what nothing reads are the outputs, as in TensorFlow.js. */
  outputs(signature: Config | undefined): { key: string; reference: Reference }[] {
    const entries = entriesOf(signature, 'outputs');
    if (entries.length > 0) return entries.map(({ key, node, output }) => ({ key, reference: { node, output } }));
    const read = new Set(this.all.flatMap((node) => operands(node).map(({ node: name }) => name)));
    return this.all.flatMap(({ name, op }) =>
      read.has(name) || op === 'NoOp' || op === 'Const' ? [] : [{ key: name, reference: { node: name, output: 0 } }],
    );
  }

  order(roots: readonly Reference[]): NodeDef[] {
    return dependencyOrder(
      roots.map(({ node }) => this.find(node, 'the signature')),
      (node) => operands(node).map(({ node: name }) => this.find(name, whereOf(node))),
      (node): never => {
        throw new ModelError('bad-graph', 'it depends on its own result; loops are not supported', { where: whereOf(node) });
      },
    );
  }
}

/** Operators of `model.ts` itself. */
const ends: ReadonlySet<string> = new Set(['Const', 'Placeholder']);

function* unsupportedIn(nodes: readonly NodeDef[]): Iterable<Named> {
  for (const { op, name } of nodes) if (!ends.has(op) && !converters.has(op)) yield { type: op, name };
}

/** Adds a placeholder as an input; its shape is its own, or that of the signature where it has none. */
function readPlaceholder(builder: TfjsBuilder, node: NodeDef, entry: SignatureEntry | undefined, shapes: InputShapes): Value {
  const attributes = new Config(node.attr ?? {}, whereOf(node));
  const own = dimensionsOf(attributes.object('shape')?.object('shape'));
  const declared = dimensionsOf(entry?.info.object('tensorShape'));
  const dtype: DType | undefined = dtypeOf(attributes.object('dtype')?.member('type') ?? entry?.info.member('dtype') ?? 'DT_FLOAT');
  if (!dtype) return attributes.fail('bad-dtype', 'its type is none that TensorFlow.js computes with');
  const dimensions = own && (own.length > 0 || !declared) ? own : declared;
  return addInput(builder, { name: node.name, dimensions, dtype }, shapes);
}

class GraphImport {
  private readonly results = new Map<string, readonly (Value | undefined)[]>();

  constructor(
    private readonly builder: TfjsBuilder,
    private readonly weights: Weights,
  ) {}

  define(name: string, ...values: Value[]): void {
    this.results.set(name, values);
  }

  result({ node, output }: Reference, where: string): Value {
    const value = this.results.get(node)?.[output];
    if (value) return value;
    throw new ModelError('unsupported-feature', `it reads result ${output} of '${quote(node)}', which is not supported`, { where });
  }

  convert(node: NodeDef): void {
    const { name, op, attr = {} } = node;
    if (this.results.has(name)) return;
    const where = whereOf(node);
    if (op === 'Const') {
      const weight = this.weights.get(name);
      if (!weight) throw new ModelError('malformed', 'the weights do not hold it; is the model complete?', { where });
      this.define(name, this.builder.weight(weight));
      return;
    }
    const inputs = operands(node).map((reference) => this.result(reference, where));
    const call = new NodeCall(this.builder, op, name, new Config(attr, where), inputs);
    this.results.set(name, [attempt(() => converters.get(op)!(call), where)].flat());
  }
}

/** Adds all nodes to the graph of `builder`. @throws ModelError, see importTfjs */
export function importGraph(
  builder: TfjsBuilder,
  topology: { node: unknown; signature: Config | undefined },
  weights: Weights,
  account: ImportAccount,
  shapes: InputShapes,
): Ends {
  const nodes = new Nodes(topology.node, account);
  const roots = nodes.outputs(topology.signature);
  if (roots.length === 0) throw new ModelError('bad-graph', 'the TensorFlow.js model has no outputs');
  const order = nodes.order(roots.map(({ reference }) => reference));
  refuseUnsupported('the TensorFlow.js model uses operators', unsupportedIn(order));
  const entries = new Map(entriesOf(topology.signature, 'inputs').map((entry) => [entry.node, entry]));
  const needed = new Set(order.map(({ name }) => name));
  // In the order of the signature, which is that of the model's caller.
  const ranks = new Map([...entries.keys()].map((name, i) => [name, i]));
  const rankOf = ({ name }: NodeDef) => ranks.get(name) ?? ranks.size;
  const placeholders = nodes.all.filter(({ name, op }) => op === 'Placeholder' && (needed.has(name) || entries.has(name)));
  placeholders.sort((a, b) => rankOf(a) - rankOf(b));
  requireInputNames(
    shapes.keys(),
    placeholders.map(({ name }) => name),
    'shapes',
  );
  const graph = new GraphImport(builder, weights);
  const inputs = placeholders.map((node) => {
    const entry = entries.get(node.name);
    const value = readPlaceholder(builder, node, entry, shapes);
    graph.define(node.name, value);
    return { name: entry?.key ?? node.name, value };
  });
  for (const node of order) graph.convert(node);
  return { inputs, outputs: roots.map(({ key, reference }) => ({ name: key, value: graph.result(reference, `output '${quote(key)}'`) })) };
}
