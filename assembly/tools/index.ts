// Owns what the binary of the tools exports: functions over addresses of an imported memory, whose places the host chooses.
export { countBins, extremes } from './histogram';
export { cholesky, gram, invert, roundOutputs } from './matrix';
export { channelMoments, channelRanges, codeSums } from './moments';
