// Owns filling one input tensor from one file: a picture, or the tensor's raw bytes.
import { ModelError, type Tensor } from 'zeropoint';
import { preprocess } from 'zeropoint/image';
import { readBytes } from '../files';
import type { TensorMetadata } from '../model/metadata';
import { decodeImage } from './decode';
import { choosePreprocessing } from './preprocessing';

/**
 * Writes the file's content into `input.data`: `.bin` files hold exactly its bytes, little-endian; all others are pictures.
 * Returns a description of the preprocessing, for reports.
 * @throws ModelError `bad-argument`, `bad-data`, `bad-shape`, naming the file
 */
export async function fillInput(
  input: Tensor,
  path: string,
  preprocessing: string | undefined,
  metadata: TensorMetadata | undefined,
): Promise<string> {
  const bytes = await readBytes(path);
  if (path.endsWith('.bin')) {
    const { buffer, byteOffset, byteLength } = input.data;
    if (bytes.length !== byteLength) {
      throw new ModelError(
        'bad-argument',
        `has ${bytes.length} bytes, but input '${input.name}' [${input.shape}] ${input.dtype} takes ${byteLength}`,
        {
          where: path,
        },
      );
    }
    new Uint8Array(buffer, byteOffset, byteLength).set(bytes);
    return 'raw bytes';
  }
  const pixels = await decodeImage(bytes, path);
  const chosen = await choosePreprocessing(preprocessing, input, metadata);
  preprocess(pixels, chosen.preprocessing, input, input.data);
  return `${pixels.width}x${pixels.height} pixels, ${chosen.name}`;
}
