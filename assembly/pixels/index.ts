// Owns what the binary of pixels exports: functions over an imported memory, without state. src/pixels/binary.ts types them.
import { makeFilter } from './microkernels/filter';
import { resizeColumns } from './microkernels/columns';
import { greyPixels } from './microkernels/grey';
import { mapBytes, mapWords } from './microkernels/map';
import { resizeRows } from './microkernels/rows';

export { greyPixels, makeFilter, mapBytes, mapWords, resizeColumns, resizeRows };
