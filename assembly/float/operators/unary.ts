// Owns functions of one element, such as RELU, LOGISTIC and EXP, over rows of pixels.
import { OpKind, UnaryDescriptor } from '../abi';
import { trigonometricSpan } from '../microkernels/f32-trigonometric';
import { clampSpan, geluSpan, logisticSpan, tanhSpan, unarySpan } from '../microkernels/f32-unary';

/** The literal kinds compile the microkernels once each. */
function span(d: UnaryDescriptor, input: usize, output: usize): void {
  switch (d.kind) {
    case OpKind.Clamp:
      clampSpan(input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Logistic:
      logisticSpan(input, output, d.elements, d.constants);
      break;
    case OpKind.Tanh:
      tanhSpan(input, output, d.elements, d.constants);
      break;
    case OpKind.HardSwish:
      unarySpan(OpKind.HardSwish, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.LeakyRelu:
      unarySpan(OpKind.LeakyRelu, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Exp:
      unarySpan(OpKind.Exp, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Sqrt:
      unarySpan(OpKind.Sqrt, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Negate:
      unarySpan(OpKind.Negate, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Absolute:
      unarySpan(OpKind.Absolute, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Square:
      unarySpan(OpKind.Square, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Floor:
      unarySpan(OpKind.Floor, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Ceil:
      unarySpan(OpKind.Ceil, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Round:
      unarySpan(OpKind.Round, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Elu:
      unarySpan(OpKind.Elu, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Log:
      unarySpan(OpKind.Log, input, output, d.elements, d.constants, d.a, d.b);
      break;
    case OpKind.Gelu:
      geluSpan(false, input, output, d.elements, d.constants);
      break;
    case OpKind.GeluByTanh:
      geluSpan(true, input, output, d.elements, d.constants);
      break;
    case OpKind.Sine:
    case OpKind.Cosine:
      trigonometricSpan(d.kind == OpKind.Sine, input, output, d.elements, d.constants);
      break;
    default:
      unarySpan(OpKind.Rsqrt, input, output, d.elements, d.constants, d.a, d.b);
  }
}

export function unary(d: UnaryDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    let input: usize = d.input + image * d.inputImageBytes;
    let output: usize = d.output + image * d.outputImageBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      span(d, input, output);
      input += <usize>d.inputRowBytes;
      output += <usize>d.outputRowBytes;
    }
  }
}
