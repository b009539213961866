// Owns what model.json says at its top: whether it is a layers model or a graph model, and its weights manifest.
import { ModelError } from 'zeropoint';
import { isObject } from '../../json';
import { Config } from './config';
import { readManifest, type WeightGroup } from './manifest';

/** A parsed model.json. */
export interface ModelFile {
  readonly topology:
    | { readonly kind: 'layers'; readonly className: string; readonly config: unknown }
    | { readonly kind: 'graph'; readonly node: unknown; readonly signature: Config | undefined };
  readonly groups: readonly WeightGroup[];
  /** Who wrote it. */
  readonly description: string;
}

/** Whether the bytes look like JSON, as model.json is: an object or a list after white space. */
export function isJson(bytes: Uint8Array): boolean {
  const first = bytes.subarray(0, 256).find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  return first === 0x7b || first === 0x5b;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new ModelError('malformed', `not a readable model.json (${(cause as Error).message.slice(0, 200)}); is it complete?`, { cause });
  }
}

function refuseWithoutTopology(): never {
  throw new ModelError(
    'unsupported-feature',
    'it is a weights manifest without a topology: the network is built by the code of its package, as face-api does, so there is nothing to import; export it with model.save()',
  );
}

/** A group of a weights manifest. */
const isGroup = (value: unknown): boolean => isObject(value) && Array.isArray(value.paths) && Array.isArray(value.weights);

/** @throws ModelError `malformed` for what is no model.json, `unsupported-feature` for a weights manifest alone, `bad-data` */
export function readModelFile(bytes: Uint8Array): ModelFile {
  const json = parse(bytes);
  if (Array.isArray(json) && json.some(isGroup)) refuseWithoutTopology();
  if (!isObject(json)) throw new ModelError('malformed', 'this JSON is no TensorFlow.js model');
  const file = new Config(json, 'model.json');
  const topology = file.object('modelTopology');
  if (!topology) {
    if (file.list('weightsManifest').some(isGroup)) refuseWithoutTopology();
    throw new ModelError('malformed', 'this JSON is no TensorFlow.js model: it has no modelTopology');
  }
  const groups = readManifest(file.member('weightsManifest'));
  const description = [file.text('generatedBy', ''), file.text('convertedBy', '')].filter(Boolean).join(', ').slice(0, 200);
  if (topology.member('node') !== undefined) {
    // Converters before 2.0 wrote the signature among the user's metadata.
    const signature = file.object('signature') ?? file.object('userDefinedMetadata')?.object('signature');
    return { topology: { kind: 'graph', node: topology.member('node'), signature }, groups, description };
  }
  const model = topology.object('model_config') ?? topology;
  const className = model.text('class_name', '');
  if (className === '')
    throw new ModelError('malformed', 'its modelTopology is neither a Keras model nor a graph', { where: 'model.json' });
  return { topology: { kind: 'layers', className, config: model.member('config') }, groups, description };
}
