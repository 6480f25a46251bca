/** From what was typed to one command for `operate`, or to a sentence that says what is wrong. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { meant } from '../../core/contracts/near.ts';
import { Reason } from '../../core/contracts/primitives.ts';
import type { OperateCommandName } from '../../core/contracts/operate.ts';
import { allowedFor, COMMANDS, fieldOf, GENERAL, isCommand, neededOptions, OPTIONS } from './commands.ts';
import type { OptionName } from './commands.ts';

export interface Asked {
  readonly kind: 'command';
  readonly payload: Readonly<Record<string, unknown>> & { readonly command: OperateCommandName };
  readonly config: string | undefined;
  readonly region: string | undefined;
  readonly pair: string | undefined;
  readonly clientSet: string | undefined;
  readonly cluster: string | undefined;
  readonly json: boolean;
}

export type Arguments =
  | Asked
  | { readonly kind: 'help'; readonly about: OperateCommandName | undefined }
  | { readonly kind: 'version' }
  /** `asked`: what is understood nevertheless, so that all that is wrong can be told at once. */
  | { readonly kind: 'usage'; readonly sentence: string; readonly asked?: Asked };

/** What the command line may know of the process: its environment, and who runs it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As the system knows them; undefined where it does not. */
  readonly user: () => string | undefined;
}

export function readArguments(args: readonly string[], around: Surroundings): Arguments {
  const [name = '', ...rest] = args;
  if (name === '--version') return { kind: 'version' };
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    const [about] = rest;
    if (about === undefined || isCommand(about)) return { kind: 'help', about };
    return noCommand(about);
  }
  if (!isCommand(name)) return noCommand(name);
  const known = [...COMMANDS[name].options, ...GENERAL];
  try {
    const { values } = parseArgs({ args: rest, options: optionsOf(known), strict: true, allowPositionals: false });
    return values['help'] === true ? { kind: 'help', about: name } : asked(name, values, around);
  } catch (error) {
    return {
      kind: 'usage',
      sentence: `${misread(name, known, error)}; "${name}" takes: ${known.map((option) => `--${option}`).join(' ')}`,
    };
  }
}

function noCommand(name: string): Arguments {
  const names = Object.keys(COMMANDS);
  return {
    kind: 'usage',
    sentence: `there is no command "${name}"${meant(name, [...names, 'help'])}; there are: ${names.join(', ')}`,
  };
}

function misread(name: string, known: readonly OptionName[], error: unknown): string {
  const { message = String(error) } = error as { readonly message?: string };
  const because = message.split('. ')[0] ?? message;
  const [, unknown] = /^Unknown option '--([^']*)'/.exec(because) ?? [];
  return unknown === undefined ? because : `"${name}" has no option "--${unknown}"${meant(unknown, known, '--')}`;
}

const optionsOf = (known: readonly OptionName[]): ParseArgsOptionsConfig =>
  Object.fromEntries(
    known.map((option) => [
      option,
      { type: OPTIONS[option].type === 'boolean' ? 'boolean' : 'string', ...(option === 'help' ? { short: 'h' } : {}) },
    ]),
  );

type Values = Readonly<Record<string, unknown>>;
const textOf = (values: Values, option: OptionName): string | undefined => {
  const value = values[option];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const characters = ({ length }: string): string => `${length} ${length === 1 ? 'character' : 'characters'}`;

function readValue(option: OptionName, given: unknown): { readonly value: unknown } | { readonly wrong: string } {
  const allowed = allowedFor(option);
  if (typeof given === 'string' && allowed !== undefined && !allowed.includes(given))
    return { wrong: `--${option} is "${given}"${meant(given, allowed)}; allowed: ${allowed.join(', ')}` };
  if (option === 'reason' && !Reason.safeParse(given).success)
    return { wrong: `--reason has ${characters(String(given))}; ${OPTIONS.reason.help}` };
  if (OPTIONS[option].type !== 'number') return { value: given };
  const number = Number(given);
  return given === '' || Number.isNaN(number)
    ? { wrong: `--${option} is ${JSON.stringify(given)}; give a number` }
    : { value: number };
}

function asked(command: OperateCommandName, values: Values, { env, user }: Surroundings): Arguments {
  const payload: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const option of COMMANDS[command].options) {
    const value = values[option];
    if (value === undefined) continue;
    const read = readValue(option, value);
    if ('wrong' in read) wrong.push(read.wrong);
    else payload[fieldOf(option)] = read.value;
  }
  // A dry run of a start is a command of its own.
  const isDryStart = command === 'start' && payload['dryRun'] === true;
  if (command === 'start') delete payload['dryRun'];
  const missing = neededOptions(command).filter((option) => values[option] === undefined);
  if (missing.length > 0)
    wrong.push(`"${command}" needs ${missing.map((option) => `--${option} (${OPTIONS[option].help})`).join(' and ')}`);
  const pair = textOf(values, 'pair');
  if (COMMANDS[command].options.includes('by')) payload['by'] ??= env['USER'] || env['LOGNAME'] || user() || 'unnamed';
  const read: Asked = {
    kind: 'command',
    payload: {
      command: isDryStart ? 'dry-run' : command,
      ...(pair === undefined ? {} : { pair }),
      ...payload,
    },
    config: textOf(values, 'config') ?? env['MM2F_CONFIG'],
    region: textOf(values, 'region'),
    pair,
    clientSet: textOf(values, 'set'),
    cluster: textOf(values, 'cluster'),
    json: values['json'] === true,
  };
  return wrong.length === 0 ? read : { kind: 'usage', sentence: wrong.join('\n'), asked: read };
}
