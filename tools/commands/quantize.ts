// Owns `zeropoint quantize`: flags, help and action; a float network and data to a quantized .tflite.
import { type Command, Option } from 'commander';
import { parseLabels } from 'zeropoint/tasks';
import { readRanges } from '../calibrate/ranges';
import { type ObserverName, observerNames } from '../calibrate/settings';
import type { Dataset } from '../dataset/dataset';
import type { Survey } from '../dataset/survey';
import { readBytes } from '../files';
import { type OpenedFloatModel, openFloatModel } from '../model/open';
import { checkClasses } from '../model/record-labels';
import { ownProperties } from '../options';
import { type SchemeName, type SchemeSettings, schemeNames } from '../quantize/build/scheme';
import type { WeightMethod } from '../quantize/build/weights';
import { type Quantized, quantizeModel } from '../quantize/model';
import { type Searched, searchPrecisions } from '../quantize/search/search';
import { defaultSettings, type QuantizeOptions } from '../quantize/settings';
import { decisionLine } from '../report/decisions';
import { renderFrontier } from '../report/frontier';
import { formatMilliseconds } from '../report/numbers';
import { renderSpread } from '../report/spread';
import type { QuantizationSpread } from '../spread/spread';
import { print } from '../terminal/print';
import { joinStages, type Shares, showStages } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';
import { addDataOptions, type DataFlags, fedLines, hashData, openFlaggedDataset, surveyed } from './data';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { append, byteCount, checkPercentile, integer, numberFrom, positiveInteger } from './options';
import { openOutput } from './output';
import { checkSeeds, type QuantizationOutcome, quantizeSeeds } from './seeds';

const examples = `
FLOAT is a .tflite or ONNX file. DATA is what zeropoint calibrate takes: some
hundred pictures or arrays like those that the network will see.

int8 has one scale per channel of the weights, uint8 one per tensor, as the first
quantized MobileNets. Some of the samples serve to choose ranges, to balance
channels, to refit weights to the errors of earlier layers and to choose weight
codes by their effect on outputs. Each is tried, and applied where every output
gains or keeps on samples held back for that; each can be turned off.

--max-drop, --max-bytes and --max-ms choose the precision of every layer: 8 bits,
weights of 4, activations of 16, or float. With --max-drop it is the cheapest
network, else the most accurate one; the file records what there was to choose
from, and the report of zeropoint compare draws it.

--seeds n quantizes n times, each with another random choice of --limit samples,
by the seeds from --seed on, and shows how the loss spreads: top-1 against labels,
agreement with the float network, SQNR, measured on the samples that no choice
holds. The file is that of the first seed.

Examples:
  $ zeropoint quantize float.tflite -o int8.tflite --data pictures --preprocess inception --limit 128
  $ zeropoint quantize float.onnx -o int8.tflite --data set.npz --scheme uint8 --inputs float32
  $ zeropoint quantize float.tflite -o int8.tflite --data pictures -p raw --skip 'Logits/*'
  $ zeropoint quantize float.tflite -o int8.tflite --data pictures -p raw --labels labels.csv --max-drop 0.5
  $ zeropoint quantize float.tflite -o int8.tflite --data pictures -p raw --max-bytes 2.7MB
  $ zeropoint quantize float.tflite -o int8.tflite --data pictures -p inception --limit 128 --seeds 5`;

interface QuantizeFlags extends DataFlags, ImportFlags {
  output: string;
  scheme: SchemeName;
  weightBits: '8' | '4';
  inputs?: SchemeSettings['inputs'];
  outputs?: SchemeSettings['outputs'];
  observer?: ObserverName;
  percentile?: number;
  /** Path of the result of `zeropoint calibrate`. */
  calibration?: string;
  weights?: WeightMethod;
  decide: boolean;
  fast?: boolean;
  equalize: boolean;
  logitRanges: boolean;
  refit: boolean;
  round: boolean;
  biasCorrection: boolean;
  refineSamples?: number;
  skip?: string[];
  int16?: string[];
  int4?: string[];
  splitHeads?: boolean;
  /** Path of the names of classes. */
  classes?: string;
  workers?: number;
  /** Points of top-1. */
  maxDrop?: number;
  maxBytes?: number;
  /** Milliseconds of one run. */
  maxMs?: number;
  labelOffset?: number;
  /** Number of choices of samples. */
  seeds?: number;
  json?: boolean;
}

/** What `--json` prints. */
interface QuantizeReport {
  output: string;
  scheme: SchemeName;
  floatBytes: number;
  bytes: number;
  samples: number;
  /** Layers that stayed float, have activations of 16 bits, or weights of 4 bits as exceptions. */
  skipped: readonly string[];
  int16: readonly string[];
  int4: readonly string[];
  /** What was decided on each module. */
  decisions: Quantized['decisions'];
  /** Of --max-drop: points of top-1 on the data. */
  drop?: number;
  /** Of a search: median of one run in milliseconds, and what was to choose from. */
  milliseconds?: number;
  frontier?: Searched['frontier'];
  /** Of --seeds: all quantizations, and how their loss spreads. */
  seeds?: QuantizationSpread;
  seconds: number;
  leftOut: Dataset['skipped'];
  survey: Survey;
}

/** Parts of the time, measured on MobileNetV2. */
const withTrials: Shares = { calibrate: [0, 25], decide: [25, 75], refine: [75, 100] };
const withoutTrials: Shares = { calibrate: [0, 60], refine: [60, 100] };

/** Converters join the names of fused operators by `;`; the first is enough to find a layer. */
const shorten = (layer: string): string => layer.replace(/;.*/s, '…');

function render(report: QuantizeReport, terminal: Pick<Terminal, 'colors'>): string {
  const lines = report.leftOut.map(({ name, reason }) => `left out ${name}: ${reason}`);
  lines.push(...fedLines(report.survey, report.samples));
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
  lines.push(
    `${report.output}: ${report.scheme}, ${kilobytes(report.floatBytes)} -> ${kilobytes(report.bytes)}, calibrated on ${report.samples} samples, ${report.seconds.toFixed(1)} s`,
  );
  const decided = decisionLine(report.decisions);
  if (decided) lines.push(decided);
  const exceptions = { 'float layers': report.skipped, 'activations of 16 bits': report.int16, 'weights of 4 bits': report.int4 };
  for (const [title, layers] of Object.entries(exceptions)) {
    if (layers.length > 0) lines.push(`${title}: ${layers.map(shorten).join(', ')}`);
  }
  if (report.milliseconds !== undefined) lines.push(`one run: ${formatMilliseconds(report.milliseconds)} here, on one thread`);
  if (report.drop !== undefined) lines.push(`top-1 drop on the data: ${report.drop.toFixed(2)} points`);
  const parts = [
    `${lines.join('\n')}\n`,
    report.frontier && renderFrontier(report.frontier, terminal),
    report.seeds && renderSpread(report.seeds, report.output, terminal),
  ];
  return parts.filter((part) => part !== undefined).join('\n');
}

/** The settings that the flags stand for, without those of the data. */
async function settingsOf(flags: QuantizeFlags): Promise<QuantizeOptions> {
  return {
    scheme: {
      name: flags.scheme,
      inputs: flags.inputs,
      outputs: flags.outputs,
      ...(flags.weightBits === '4' && { weightBits: 4 }),
    },
    calibration: { observer: flags.observer, percentile: flags.percentile },
    weights: flags.weights,
    decide: flags.decide && !flags.fast,
    equalize: flags.equalize && !flags.fast,
    logitRanges: flags.logitRanges && !flags.fast,
    refit: flags.refit && !flags.fast,
    round: flags.round && !flags.fast,
    biasCorrection: flags.biasCorrection,
    refineSamples: flags.refineSamples,
    skip: flags.skip,
    int16: flags.int16,
    int4: flags.int4,
    classes: flags.classes === undefined ? undefined : parseLabels(await readBytes(flags.classes)),
    splitHeads: flags.splitHeads,
    workers: flags.workers,
  };
}

/** Quantizes with one choice of samples. @throws ModelError; the interruption's reason */
async function quantizeOnce(
  flags: QuantizeFlags,
  { model, graph }: OpenedFloatModel,
  settings: QuantizeOptions,
  terminal: Terminal,
): Promise<QuantizationOutcome> {
  const { dataset: opened, preprocessing } = await openFlaggedDataset(flags, { inputs: model.inputs, metadata: graph.metadata });
  const dataset = surveyed(opened, graph, preprocessing, flags, terminal);
  // Ranges from a file hold the hash of their data.
  if (flags.calibration === undefined) await hashData(dataset, terminal);
  const options: QuantizeOptions = {
    ...settings,
    calibration: { ...settings.calibration, preprocessing, limit: flags.limit, seed: flags.seed },
    ranges: flags.calibration === undefined ? undefined : await readRanges(flags.calibration),
  };
  const limits = { maxDrop: flags.maxDrop, maxBytes: flags.maxBytes, maxMilliseconds: flags.maxMs };
  const isSearch = Object.values(limits).some((limit) => limit !== undefined);
  const result: QuantizationOutcome['result'] = isSearch
    ? await searchPrecisions(graph, dataset, { ...options, ...limits, labelOffset: flags.labelOffset })
    : await quantizeModel(graph, dataset, options);
  return { result, survey: await dataset.survey(), leftOut: dataset.skipped };
}

/** Quantizes the model at `path` and writes the file once it is complete. @throws ModelError; the interruption's reason */
async function quantizeFile(path: string, flags: QuantizeFlags, terminal: Terminal): Promise<void> {
  const started = performance.now();
  checkPercentile(flags);
  checkSeeds(flags);
  const output = await openOutput(
    flags.output,
    terminal,
    [path, flags.data, flags.calibration, flags.labels, flags.classes].filter((file) => file !== undefined),
  );
  const opened = await openFloatModel(path, importOptions(flags));
  const progress = showStages(terminal);
  try {
    const shares = flags.decide && !flags.fast ? withTrials : withoutTrials;
    const settings: QuantizeOptions = {
      ...(await settingsOf(flags)),
      modelHash: opened.hash,
      onProgress: joinStages(progress, 'quantize', shares),
      signal: terminal.interruption?.(),
    };
    if (settings.classes) checkClasses(opened.graph, settings.classes);
    const { seeds } = flags;
    const { result, survey, leftOut } =
      seeds === undefined
        ? await quantizeOnce(flags, opened, settings, terminal)
        : await quantizeSeeds({ ...flags, seeds }, opened, settings, { progress, shares }, terminal);
    await output.write(result.bytes);
    progress.stop();
    const report: QuantizeReport = {
      output: flags.output,
      scheme: flags.scheme,
      floatBytes: opened.fileBytes,
      bytes: result.bytes.length,
      samples: result.ranges.samples,
      skipped: result.skipped,
      int16: result.int16,
      int4: result.int4,
      decisions: result.decisions,
      drop: result.drop,
      milliseconds: result.milliseconds,
      frontier: result.frontier,
      seeds: result.spread,
      seconds: (performance.now() - started) / 1000,
      leftOut,
      survey,
    };
    print(report, { json: flags.json, aside: output.isStandard }, terminal, render);
  } finally {
    progress.stop();
    opened.model.dispose();
  }
}

export function addQuantize(program: Command, terminal: Terminal): void {
  const types = ['float32', 'int8', 'uint8', 'int16'];
  const command = program
    .command('quantize')
    .summary('make an 8-bit .tflite of a float model')
    .description('Quantize FLOAT, calibrated on data, and write a standard .tflite.')
    .argument('<float>', 'a float model')
    .requiredOption('-o, --output <file>', 'where the quantized model goes');
  addImportOptions(addDataOptions(command))
    .addOption(new Option('--scheme <name>', 'int8, uint8, or int16x8 with activations of 16 bits').choices(schemeNames).default('int8'))
    .addOption(
      new Option('--weight-bits <n>', 'bits of the weights of int8: 4 takes a third off the file; small and depthwise layers keep 8')
        .choices(['8', '4'])
        .default('8'),
    )
    .addOption(new Option('--inputs <type>', "type of the inputs (default: the scheme's)").choices(types))
    .addOption(new Option('--outputs <type>', "type of the outputs (default: the scheme's)").choices(types))
    .addOption(
      new Option('--observer <name>', "how an activation's range is chosen (default: by trial, of min-max, mse and percentile)").choices(
        observerNames,
      ),
    )
    .option('--percentile <percent>', 'of the observer percentile (default: 99.99)', numberFrom(50, 'a percentage above 50'))
    .option('--calibration <file>', 'ranges from zeropoint calibrate instead of an observer, used as they are')
    .addOption(
      new Option(
        '--weights <how>',
        'ranges of weights: by the largest, or of least squared error (default: min-max; of 4 bits mse)',
      ).choices(['min-max', 'mse']),
    )
    .option('--fast', 'min-max ranges and corrected biases, without any trial')
    .option('--no-decide', 'apply every module that is on, whether outputs gain by it or not')
    .option('--no-equalize', 'leave the scales of channels as they are')
    .option('--no-logit-ranges', "quantize a softmax's input for itself, not for the probabilities")
    .option('--no-refit', 'leave weights as they are')
    .option('--round', 'choose weight codes by their effect on the outputs', defaultSettings.round)
    .option('--no-round', 'round every weight to the nearest code')
    .option('--no-bias-correction', 'leave biases as they are')
    .option(
      '--refine-samples <n>',
      'samples that equalization, refitting, rounding and bias correction use (default: 48, of small networks up to 128)',
      numberFrom(1, 'a number from 1'),
    )
    .option('--workers <n>', 'threads that modules are tried on; the file is the same (default: up to 2)', positiveInteger)
    .option('--skip <glob>', 'keep layers float, by the names of their outputs or by operator; may be repeated', append)
    .option('--int16 <glob>', 'give layers activations of 16 bits, likewise', append)
    .option('--int4 <glob>', 'give layers weights of 4 bits, likewise', append)
    .option('--split-heads', 'cut before the concatenations that join outputs: each operand becomes an output with a scale of its own')
    .option(
      '--max-drop <points>',
      'the cheapest precisions with which top-1 drops by no more; needs labels',
      numberFrom(0, 'a number from 0'),
    )
    .option('--max-bytes <size>', 'the most accurate file no larger, by weights of 4 bits: as 2700000, 2.7MB or 2.5MiB', byteCount)
    .option('--max-ms <n>', 'the most accurate network of which one run takes no longer here', numberFrom(0, 'a number from 0'))
    .option('--classes <file>', "one class name per line, to be put into the model as TFLite's metadata")
    .option('--labels <path>', 'classes of the samples, file and label; with --seeds also labels as compare takes them')
    .option('--label-offset <n>', 'added to every label (default: 1 for 1001 classes, else 0)', integer)
    .option('--seeds <n>', 'quantize with n choices of --limit samples and show how the loss spreads', positiveInteger)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, flags: QuantizeFlags) => quantizeFile(model, ownProperties(flags), terminal));
}
