// Owns `zeropoint completions`: flags, help and action; scripts that complete commands, options and files in bash, zsh and fish.
import { Argument, type Command, type Option } from 'commander';
import { presets } from 'zeropoint/image';
import type { Terminal } from '../terminal/terminal';

const examples = `
Examples:
  $ zeropoint completions bash >> ~/.bashrc
  $ zeropoint completions zsh >> ~/.zshrc       # after compinit
  $ zeropoint completions fish > ~/.config/fish/completions/zeropoint.fish`;

/** An option as shells complete it. */
interface Flag {
  /** With their dashes, the short one first. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent: it takes no value. */
  readonly values?: readonly string[];
  /** Whether files may be its value. */
  readonly takesFiles: boolean;
}

interface Entry {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Words instead of files. */
  readonly words: readonly string[];
}

const namesOf = ({ short, long }: Option): string[] => [short, long].filter((name) => name !== undefined);

/** Values of options that commander does not check, since files may stand for them as well. */
const values: Readonly<Record<string, readonly string[]>> = { '--preprocess': Object.keys(presets) };

function flagOf(option: Option): Flag {
  const takesValue = option.required || option.optional;
  const choices = option.argChoices ?? values[option.long ?? ''] ?? [];
  const takesFiles = takesValue && !option.argChoices;
  return { names: namesOf(option), description: option.description, takesFiles, ...(takesValue && { values: choices }) };
}

/** What the program's commands take. */
function entriesOf(program: Command): Entry[] {
  const help: Flag = { names: ['-h', '--help'], description: 'display help for command', takesFiles: false };
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.summary(),
    flags: [...command.options.map(flagOf), help],
    words: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  }));
}

/** A word in single quotes, for POSIX shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Names that take a value, by their values: as `-p|--preprocess) words=...`. */
function bashValues({ name, flags }: Entry): string[] {
  return flags
    .filter((flag) => flag.values !== undefined)
    .map(
      (flag) =>
        `    ${flag.names.map((flagName) => `${name}:${flagName}`).join('|')}) words=${quoted((flag.values ?? []).join(' '))}; files=${flag.takesFiles ? 1 : ''};;`,
    );
}

/** Works in bash 3.2, as macOS has it. */
function bashScript(entries: readonly Entry[]): string {
  const commands = entries.map(({ name }) => name).join(' ');
  const cases = entries.map(({ name, flags, words }) => {
    const names = flags.flatMap((flag) => flag.names).join(' ');
    return `    ${name}) flags=${quoted(names)}; words=${quoted(words.join(' '))};;`;
  });
  return `# bash completion of zeropoint
_zeropoint() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local flags='' words='' files=1
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(`${commands} --help --version`)} -- "$current"))
    return
  fi
  case $command in
${cases.join('\n')}
    *) return;;
  esac
  [ -n "$words" ] && files=
  case $command:$previous in
${entries.flatMap(bashValues).join('\n')}
    *) case $current in -*) words=$flags; files=;; esac;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ]; then
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _zeropoint zeropoint
`;
}

/** Characters that end a description or a message of zsh's _arguments. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');

/** What completes the value of an option: code in braces, words in parentheses. */
function zshAction({ values: choices, takesFiles }: Flag): string {
  if (choices === undefined) return '';
  if (choices.length === 0) return ':value:_files';
  return takesFiles ? `:value:{compadd ${choices.join(' ')}; _files}` : `:value:(${choices.join(' ')})`;
}

function zshFlags({ flags, words }: Entry): string[] {
  const specs = flags.flatMap((flag) => flag.names.map((name) => quoted(`*${name}[${zshText(flag.description)}]${zshAction(flag)}`)));
  return [...specs, words.length > 0 ? quoted(`*:shell:(${words.join(' ')})`) : quoted('*:file:_files')];
}

function zshScript(entries: readonly Entry[]): string {
  const commands = entries.map(({ name, description }) => `    ${quoted(`${name}:${zshText(description)}`)}`);
  const cases = entries.map((entry) => `    ${entry.name}) _arguments \\\n      ${zshFlags(entry).join(' \\\n      ')};;`);
  return `#compdef zeropoint
# zsh completion of zeropoint
_zeropoint() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _zeropoint zeropoint
`;
}

/** In single quotes, fish knows two escapes. */
const fishQuoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function fishLines({ name, flags, words }: Entry): string[] {
  const base = `complete -c zeropoint -n '__fish_seen_subcommand_from ${name}'`;
  const lines = flags.map(({ names, description, values: choices, takesFiles }) => {
    const [short, long] = [names.find((flag) => !flag.startsWith('--')), names.find((flag) => flag.startsWith('--'))];
    const words = choices && choices.length > 0 ? ` -a ${fishQuoted(choices.join(' '))}` : '';
    const value = choices === undefined ? '' : ` -r ${takesFiles ? '-F' : '-f'}${words}`;
    return `${base}${short ? ` -s ${short.slice(1)}` : ''}${long ? ` -l ${long.slice(2)}` : ''}${value} -d ${fishQuoted(description)}`;
  });
  return words.length > 0 ? [...lines, `${base} -f -a ${fishQuoted(words.join(' '))}`] : lines;
}

function fishScript(entries: readonly Entry[]): string {
  const commands = entries.map(
    ({ name, description }) => `complete -c zeropoint -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(description)}`,
  );
  return `# fish completion of zeropoint\n${[...commands, ...entries.flatMap(fishLines)].join('\n')}\n`;
}

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export function addCompletions(program: Command, terminal: Terminal): void {
  program
    .command('completions')
    .summary('print a script that completes commands and options')
    .description('Print the completion script of SHELL: it completes commands, options, their values, and files.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(shells)))
    .addHelpText('after', examples)
    .action((shell: keyof typeof shells) => terminal.write(shells[shell](entriesOf(program))));
}
