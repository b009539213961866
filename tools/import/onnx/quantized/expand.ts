// Owns operators of codes (QLinearConv and its like) as what ONNX defines them by: DequantizeLinear, the float operator, QuantizeLinear.
import type { GraphMessage, NodeMessage } from '../proto';
import { attributeOf, Expansion, floatAttribute, intAttribute, intOf } from './expansion';
import { expandIntegerProducts } from './integer-products';

/** x, scale, zero point, output scale, output zero point (ContribOperators.md of ONNX Runtime). */
const unary =
  (opType: string) =>
  (e: Expansion): void =>
    e.result(opType, [e.reals(e.codes(0, 1, 2))], e.origin.attribute, e.input(3), e.input(4));

/** a, b and the output, each with scale and zero point. */
const binary =
  (opType: string) =>
  (e: Expansion): void =>
    e.result(opType, [e.reals(e.codes(0, 1, 2)), e.reals(e.codes(3, 4, 5))], [], e.input(6), e.input(7));

/** A bias has the scale of input times weights (the ONNX operator documentation of QLinearConv). */
function convolution(e: Expansion): void {
  const [x, w] = [e.reals(e.codes(0, 1, 2)), e.reals(e.codes(3, 4, 5))];
  const bias = e.input(8) === '' ? [] : [e.reals([e.input(8), e.input(4), ''], { factor: e.input(1) })];
  e.result('Conv', [x, w, ...bias], e.origin.attribute, e.input(6), e.input(7));
}

function product(e: Expansion): void {
  e.result('MatMul', [e.reals(e.codes(0, 1, 2)), e.reals(e.codes(3, 4, 5), { axis: -1 })], [], e.input(6), e.input(7));
}

function gemm(e: Expansion): void {
  const isTransposed = intOf(e.origin, 'transB', 0) !== 0;
  const operands = [e.reals(e.codes(0, 1, 2)), e.reals(e.codes(3, 4, 5), { axis: isTransposed ? 0 : 1 })];
  const alpha = attributeOf(e.origin, 'alpha')?.f ?? 1;
  const attributes = [floatAttribute('multiplier', alpha)];
  if (e.input(6) !== '') operands.push(e.reals([e.input(6), e.input(4), ''], { factor: e.input(1), attributes }));
  e.result('Gemm', operands, e.origin.attribute, e.input(7), e.input(8));
}

function concat(e: Expansion): void {
  const operands: string[] = [];
  for (let i = 2; i + 2 < e.origin.input.length; i += 3) operands.push(e.reals(e.codes(i, i + 1, i + 2)));
  e.result('Concat', operands, e.origin.attribute, e.input(0), e.input(1));
}

/** Float activations times codes, plus a float bias: x, codes, scale, zero point, bias. */
function dynamicProduct(e: Expansion): void {
  const weights = e.reals(e.codes(1, 2, 3), { axis: -1, attributes: [intAttribute('dynamic', 1)] });
  withBias(e, [e.input(0), weights], e.input(4));
}

/** Codes times codes to floats: a, b, scales of both, zero points of both, bias. */
function floatProduct(e: Expansion): void {
  withBias(e, [e.reals(e.codes(0, 2, 4)), e.reals(e.codes(1, 3, 5), { axis: -1 })], e.input(6));
}

function withBias(e: Expansion, operands: string[], bias: string): void {
  const [output] = e.origin.output;
  if (bias === '') e.node('MatMul', operands, output);
  else e.node('Add', [e.node('MatMul', operands, `${output}/product`), bias], output);
}

type Expander = (expansion: Expansion) => void;

/** Operators of codes by `op_type`, in the standard set and in com.microsoft (ContribOperators.md of ONNX Runtime). */
const expanders: ReadonlyMap<string, Expander> = new Map(
  Object.entries({
    DynamicQuantizeMatMul: dynamicProduct,
    MatMulIntegerToFloat: floatProduct,
    QGemm: gemm,
    QLinearAdd: binary('Add'),
    QLinearAveragePool: unary('AveragePool'),
    QLinearConcat: concat,
    QLinearConv: convolution,
    QLinearGlobalAveragePool: unary('GlobalAveragePool'),
    QLinearLeakyRelu: unary('LeakyRelu'),
    QLinearMatMul: product,
    QLinearMul: binary('Mul'),
    QLinearReduceMean: unary('ReduceMean'),
    QLinearSigmoid: unary('Sigmoid'),
    QLinearSoftmax: unary('Softmax'),
  }),
);

const domains: ReadonlySet<string> = new Set(['', 'ai.onnx', 'com.microsoft']);
/** Defined by com.microsoft for more element types; for int8 and uint8 they are the standard ones. */
const plain: ReadonlySet<string> = new Set(['DequantizeLinear', 'QuantizeLinear']);
const integer: ReadonlySet<string> = new Set(['ConvInteger', 'DynamicQuantizeLinear', 'MatMulInteger']);

function expandNode(node: NodeMessage): NodeMessage[] {
  if (!domains.has(node.domain)) return [node];
  const expander = expanders.get(node.opType);
  if (!expander) return [plain.has(node.opType) ? { ...node, input: node.input.slice(0, 3), domain: '' } : node];
  // Its missing output is reported where the node is converted.
  if (!node.output[0]) return [node];
  const expansion = new Expansion(node);
  expander(expansion);
  return expansion.nodes;
}

/** Whether a node is of the domains and types that `expandQuantized` replaces or, where it cannot, `quantizationFaults` names. */
export function isQuantized({ opType, domain }: NodeMessage): boolean {
  return domains.has(domain) && (expanders.has(opType) || plain.has(opType) || integer.has(opType));
}

/** The graph with every operator of codes replaced; other nodes are the file's. */
export function expandQuantized(graph: GraphMessage): GraphMessage {
  const node = graph.node.flatMap(expandNode);
  const outputs = graph.output.map(({ name }) => name);
  return { ...graph, node: expandIntegerProducts(node, outputs) };
}
