// Owns the flags of commands that read ONNX files and TensorFlow.js models: shapes of inputs, and inputs that are constant.
import { type Command, InvalidArgumentError } from 'commander';
import type { OpenOptions } from '../model/open';

export interface ImportFlags {
  /** By names of inputs. */
  shape?: Record<string, number[]>;
  constant?: Record<string, number[]>;
}

/** NAME=VALUE, where the name may hold `=`. */
function entryOf(text: string, wanted: string): [name: string, value: string] {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError(`Give ${wanted}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** An option that may be repeated: all its entries, as an object that inherits nothing. */
function entries(wanted: string, parse: (value: string) => number[] | undefined) {
  return (text: string, before: Record<string, number[]> = Object.create(null)): Record<string, number[]> => {
    const [name, value] = entryOf(text, wanted);
    const numbers = parse(value);
    if (!numbers) throw new InvalidArgumentError(`Give ${wanted}.`);
    return Object.assign(Object.create(null), before, { [name]: numbers });
  };
}

const shapes = entries('NAME=SIZExSIZEx.., as x=1x3x224x224', (value) =>
  /^[1-9]\d{0,9}(x[1-9]\d{0,9})*$/.test(value) ? value.split('x').map(Number) : undefined,
);
const constants = entries('NAME=NUMBER, or several numbers with commas', (value) => {
  const numbers = value.split(',').map((number) => (number.trim() === '' ? Number.NaN : Number(number)));
  return numbers.every(Number.isFinite) ? numbers : undefined;
});

/** Declares the options of ImportFlags. */
export function addImportOptions(command: Command): Command {
  return command
    .option('--shape <name=sizes>', "fix an input's free dimensions, in the file's order: x=1x3x224x224; may be repeated", shapes)
    .option('--constant <name=number>', 'give an input of an ONNX file always this value, as a sampling rate; may be repeated', constants);
}

export function importOptions({ shape, constant }: ImportFlags): OpenOptions {
  return { ...(shape ? { shapes: shape } : {}), ...(constant ? { constants: constant } : {}) };
}
