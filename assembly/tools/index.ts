// Owns what the binary of the tools exports: functions over addresses of an imported memory, whose places the host chooses.
export { gatherCodes, gatherReals } from './gather';
export { countBins, extremes } from './histogram';
export { gram } from './matrix';
export { channelMoments, channelRanges, codeSums } from './moments';
export { centre, covariances, inverseCovariance, refitChannels, roundChannels, subtractInputs } from './reconstruct';
export { roundOutputs } from './round';
