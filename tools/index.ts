// Owns the library `@zeropoint/tools`: the steps of the command line as functions, on datasets or on any async iterable of samples.

export { ModelError } from 'zeropoint';
export { type Preprocessing, parsePreprocessing, presets } from 'zeropoint/image';
export { type Graph, readModel, type TensorData, type Value, writeModel } from 'zeropoint/tflite';
export { type CollectOptions, calibrateCached, collectRanges, observeSamples } from './calibrate/collect';
export { parseRanges, type Ranges, readRanges, type TensorRange, writeRanges } from './calibrate/ranges';
export { type CalibrationSettings, type ObserverName, observerNames } from './calibrate/settings';
export { mergeShards } from './calibrate/state';
export { type CompareOptions, type CompareProgress, type CompareShardOptions, compare, compareShard } from './compare/compare';
export type { Comparison } from './compare/comparison';
export { mergeComparisons } from './compare/merge';
export type { ComparisonShard } from './compare/shard';
export type { Dataset, Sample, Samples } from './dataset/dataset';
export { type DatasetOptions, openDataset } from './dataset/open';
export { readFloatFile, readFloatModel } from './import/index';
export { importOnnx } from './import/onnx/import';
export type { ExternalFile, ImportOptions } from './import/options';
export { importTfjs, type TfjsOptions } from './import/tfjs/import';
export { type FloatModel, loadFloat } from './model/float-model';
export type { SchemeName, SchemeSettings } from './quantize/build/scheme';
export { type Quantized, type QuantizeOptions, type QuantizeSettings, quantizeModel } from './quantize/model';
export { type SearchOptions, searchSkips } from './quantize/search';
export { renderComparisonHtml } from './report/compare-html';
export { type Charts, loadCharts } from './report/load-charts';
export type { Shard } from './shards';
