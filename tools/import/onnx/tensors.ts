// Owns the tensors of an ONNX graph by name, each defined once.
import { ModelError } from 'zeropoint';
import { quote } from '../../quote';
import type { Operand } from './operand';

/** Highest rank of a tensor while importing; networks use fewer dimensions, and values of the graph have at most 6. */
const maxAxes = 16;

export class Tensors {
  /** Undefined for outputs of nodes that have no converted form; reading one is an error. */
  private readonly operands = new Map<string, Operand | undefined>();
  /** Graphs around this one. */
  readonly depth: number;

  /** @param around tensors of the graph that this one is a branch of */
  constructor(private readonly around?: Tensors) {
    this.depth = around ? around.depth + 1 : 0;
  }

  has(name: string): boolean {
    return this.operands.has(name);
  }

  define(name: string, operand: Operand | undefined): void {
    const where = `tensor '${quote(name)}'`;
    if (this.operands.has(name)) throw new ModelError('bad-graph', 'is defined twice', { where });
    if (operand && operand.axes.length > maxAxes) {
      throw new ModelError('bad-shape', `has ${operand.axes.length} dimensions; ${maxAxes} are the most`, { where });
    }
    this.operands.set(name, operand);
  }

  /** The tensor that `where` reads. @throws ModelError `bad-graph` where nothing defines it, `unsupported-feature` */
  get(name: string, where: string): Operand {
    const operand = this.operands.get(name);
    if (operand) return operand;
    if (this.around && !this.operands.has(name)) return this.around.get(name, where);
    if (this.operands.has(name)) {
      throw new ModelError(
        'unsupported-feature',
        `it reads '${quote(name)}', an extra output that is not supported; export the model for inference`,
        {
          where,
        },
      );
    }
    throw new ModelError('bad-graph', `it reads '${quote(name)}', which no earlier node, initializer or input gives`, { where });
  }
}
