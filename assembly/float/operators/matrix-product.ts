// Owns BATCH_MATMUL, and FULLY_CONNECTED with computed weights: matrix after matrix, a panel of 8 columns at a time.
import { MatrixProductDescriptor } from '../abi';
import { gemm4x8 } from '../microkernels/f32-gemm-4x8';
import { packColumns, packRows } from '../microkernels/f32-panel';

export function matrixProduct(d: MatrixProductDescriptor): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  for (let matrix: usize = 0; matrix < <usize>d.matrices << 2; matrix += 4) {
    const left = d.left + <usize>load<i32>(d.leftMatrices + matrix);
    const right = d.right + <usize>load<i32>(d.rightMatrices + matrix);
    const output = d.output + <usize>load<i32>(d.outputMatrices + matrix);
    for (let column: u32 = 0; column < d.columns; column += 8) {
      const at = <usize>column << 2;
      if (d.transposed) packRows(right + <usize>(column * d.rightRowBytes), d.rightRowBytes, min<u32>(d.columns - column, 8), d.depth, d.panel);
      else packColumns(right + at, d.rightRowBytes, d.depth, d.panel);
      gemm4x8(d.byLanes != 0, left, d.leftRows, output + at, d.outputRows, d.rows, d.panel, d.tap, 1, d.depth, d.bias + at, lower, upper);
    }
  }
}
