// Owns elements of ONNX tensors that lie in files of their own (external data), beside the model.
import { ModelError } from 'zeropoint';
import { quote } from '../../quote';
import type { ImportAccount } from '../account';
import type { ExternalFile, ImportOptions } from '../options';
import type { TensorMessage } from './proto';

/** The files that a model's tensors name, each opened and granted to the account once. */
export class ExternalData {
  private readonly files = new Map<string, ExternalFile>();
  private readonly granted = new Set<string>();

  constructor(
    private readonly account: ImportAccount,
    private readonly open: ImportOptions['external'],
  ) {}

  /**
   * The bytes of a tensor, of which there must be `bytes`; charged before they are read.
   * @throws ModelError `unsupported-feature` without files, `bad-data` for paths out of the folder and ranges out of the file, `too-large`
   */
  read({ externalData }: TensorMessage, bytes: number, where: string): Uint8Array {
    const entries = new Map(externalData.map(({ key, value }) => [key, value]));
    const path = entries.get('location') ?? '';
    const fail = (message: string): never => {
      throw new ModelError('bad-data', quote(`its elements lie in '${path}', ${message}`, 400), { where });
    };
    if (isOutside(path)) fail('which is no path inside the folder of the model');
    if (!this.open) {
      throw new ModelError('unsupported-feature', `its elements lie in another file, '${quote(path)}'; give the option external`, {
        where,
      });
    }
    const file = this.files.get(path) ?? this.open(path);
    this.files.set(path, file);
    if (!this.granted.has(file.id)) this.account.grant(file.bytes);
    this.granted.add(file.id);
    const offset = numberOf(entries.get('offset') ?? '0') ?? fail(`at offset '${entries.get('offset')}', which is no number`);
    const given = entries.get('length');
    const length = given === undefined ? bytes : (numberOf(given) ?? fail(`${given} bytes of it, which is no number`));
    if (length !== bytes) fail(`${length} bytes of it, where its shape takes ${bytes}`);
    if (offset + length > file.bytes) fail(`at bytes ${offset} to ${offset + length}, but the file has ${file.bytes}; is it complete?`);
    this.account.charge(bytes / 8, where);
    return file.read(offset, length);
  }
}

/** Absolute paths, those of other drives, and those that lead upwards. */
function isOutside(path: string): boolean {
  return path === '' || /^[/\\]|^[a-z]:|\0/i.test(path) || path.split(/[/\\]/).includes('..');
}

function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
