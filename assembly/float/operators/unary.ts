// Owns functions of one element, such as RELU, LOGISTIC and EXP, over rows of pixels.
import { OpKind, UnaryDescriptor } from '../abi';
import { unarySpan } from '../microkernels/f32-unary';

// @ts-ignore: decorator
@inline
function rows(d: UnaryDescriptor, kind: i32): void {
  for (let image: u32 = 0; image < d.images; image++) {
    let input: usize = d.input + image * d.inputImageBytes;
    let output: usize = d.output + image * d.outputImageBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      unarySpan(kind, input, output, d.elements, d.constants, d.a, d.b);
      input += <usize>d.inputRowBytes;
      output += <usize>d.outputRowBytes;
    }
  }
}

/** The literal kinds compile the microkernel once each. */
export function unary(d: UnaryDescriptor): void {
  switch (d.kind) {
    case OpKind.Clamp:
      rows(d, OpKind.Clamp);
      break;
    case OpKind.Logistic:
      rows(d, OpKind.Logistic);
      break;
    case OpKind.Tanh:
      rows(d, OpKind.Tanh);
      break;
    case OpKind.HardSwish:
      rows(d, OpKind.HardSwish);
      break;
    case OpKind.LeakyRelu:
      rows(d, OpKind.LeakyRelu);
      break;
    case OpKind.Exp:
      rows(d, OpKind.Exp);
      break;
    case OpKind.Sqrt:
      rows(d, OpKind.Sqrt);
      break;
    default:
      rows(d, OpKind.Rsqrt);
  }
}
