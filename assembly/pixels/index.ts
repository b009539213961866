// Owns what the binary of pixels exports: functions over an imported memory, without state. src/pixels/binary.ts calls them.
import { mapBytes, mapWords } from './microkernels/map';
import { resizeColumns } from './microkernels/columns';
import { greyPixels } from './microkernels/grey';
import { resizeLine } from './microkernels/rows';

export { greyPixels, mapBytes, mapWords, resizeColumns, resizeLine };
