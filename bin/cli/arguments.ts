/** From what was typed to one command for `operate`, or to a sentence that says what is wrong. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearest } from '../../core/contracts/near.ts';
import { neededFields, type OperateCommandName } from '../../core/contracts/operate.ts';
import { REASON_CHARACTERS } from '../../core/contracts/primitives.ts';

export interface CommandHelp {
  readonly does: string;
  readonly options: readonly OptionName[];
  readonly example: string;
}

/** Every option once: its type, and what help says. `field` is its name in the payload of operate. */
const OPTIONS = {
  pair: { type: 'string', help: 'the pair; read from the configuration where one is given' },
  set: { type: 'string', field: 'clientSet', help: 'the client set' },
  cluster: { type: 'string', help: 'instead of --set: every set whose home is this cluster (pause: or refuge)' },
  all: { type: 'boolean', help: 'instead of --set: every pair that names the same shared table, in the regions asked' },
  reason: {
    type: 'string',
    help: `why, in ${REASON_CHARACTERS.least} to ${REASON_CHARACTERS.most} characters; kept in the records`,
  },
  by: { type: 'string', help: 'who asks (default: your user name)' },
  note: { type: 'string', help: 'a remark for the records' },
  epoch: { type: 'number', help: 'answer only the question of this epoch' },
  move: {
    type: 'string',
    help: 'failover, failback or switchover (default: failover from home, failback from the refuge)',
  },
  'expected-epoch': { type: 'number', field: 'expectedEpoch', help: 'refuse if somebody has moved meanwhile' },
  force: { type: 'boolean', help: 'skip the guards that force may skip; the answer names them' },
  'accept-data-loss': {
    type: 'boolean',
    field: 'acceptDataLoss',
    help: 'move although more may be lost than rpo allows, for this one epoch',
  },
  'rebuilt-home': {
    type: 'boolean',
    field: 'rebuiltHome',
    help: 'home was rebuilt or its log is shorter: begin at the start of each log that is another one',
  },
  'refuge-lost': {
    type: 'boolean',
    field: 'refugeLost',
    help: 'failback although the refuge is gone; refused in this version',
  },
  minutes: { type: 'number', help: 'how long the pause lasts, at most a week' },
  mode: { type: 'string', help: 'off, observe, approve or automatic' },
  limit: { type: 'number', help: 'how many decisions to show (default 10)' },
  config: { type: 'string', help: 'YAML of the pair: tells where each set is controlled (or MM2F_CONFIG)' },
  region: {
    type: 'string',
    help: 'ask the controller of this region (default: from the configuration, else AWS_REGION)',
  },
  json: { type: 'boolean', help: 'print the answer as JSON' },
  help: { type: 'boolean', help: 'this text' },
} as const satisfies Readonly<
  Record<string, { readonly type: 'string' | 'number' | 'boolean'; readonly field?: string; readonly help: string }>
>;
export type OptionName = keyof typeof OPTIONS;

const START: readonly OptionName[] = [
  'set',
  'cluster',
  'reason',
  'move',
  'expected-epoch',
  'force',
  'accept-data-loss',
  'rebuilt-home',
  'refuge-lost',
  'by',
];
const ANSWER: readonly OptionName[] = ['set', 'epoch', 'note', 'by'];
/** Where to ask and how to print: every command takes them. */
const GENERAL: readonly OptionName[] = ['pair', 'config', 'region', 'json', 'help'];

export const COMMANDS: Readonly<Record<OperateCommandName, CommandHelp>> = {
  status: {
    does: 'show where client sets stand, what is open and who waits for whom',
    options: ['set'],
    example: 'status --pair orders',
  },
  start: {
    does: 'start a move; all guards apply',
    options: START,
    example: 'start --pair orders --set clients-k1 --reason "K1 is on fire"',
  },
  'dry-run': {
    does: 'show what a start would do now, and what refuses it; nothing is written to clients',
    options: START,
    example: 'dry-run --pair orders --set clients-k1 --reason rehearsal',
  },
  approve: {
    does: 'approve the move that asks for it',
    options: ANSWER,
    example: 'approve --pair orders --set clients-k1 --epoch 3',
  },
  reject: {
    does: 'reject the move that asks for approval',
    options: ANSWER,
    example: 'reject --pair orders --set clients-k1 --epoch 3',
  },
  resume: {
    does: 'let a held move try the same step again',
    options: [...ANSWER, 'rebuilt-home'],
    example: 'resume --pair orders --set clients-k1 --epoch 3',
  },
  proceed: {
    does: 'let a held move go on with the next step, as it is',
    options: ANSWER,
    example: 'proceed --pair orders --set clients-k1 --epoch 3',
  },
  abort: {
    does: 'give a held move up; only before its first published routing',
    options: ANSWER,
    example: 'abort --pair orders --set clients-k1 --epoch 3',
  },
  undo: {
    does: 'take a switchover back; only until its consumers are told to go',
    options: ['set', 'epoch', 'reason', 'by'],
    example: 'undo --pair orders --set clients-k1 --epoch 3 --reason "the works are called off"',
  },
  'take-up': {
    does: 'have an open move go on whose execution nobody knows any more; refused while it runs',
    options: ['set', 'epoch', 'reason', 'by'],
    example: 'take-up --pair orders --set clients-k1 --epoch 3 --reason "the state machine was deleted"',
  },
  pause: {
    does: 'stop everything automatic for a while, for a set, a cluster, the pair, or every pair; probing goes on',
    options: ['set', 'cluster', 'all', 'reason', 'minutes', 'by'],
    example: 'pause --pair orders --reason "works on K1" --minutes 60',
  },
  unpause: {
    does: 'end a pause before its time: that of a set, of a cluster, of the pair, or of every pair',
    options: ['set', 'cluster', 'all', 'by'],
    example: 'unpause --pair orders',
  },
  mode: {
    does: 'set how much automation may do for a set',
    options: ['set', 'mode', 'reason', 'by'],
    example: 'mode --pair orders --set clients-k1 --mode approve --reason "new on call"',
  },
  'acknowledge-cooldown': {
    does: 'lift the cooldown after an automatic failover',
    options: ['set', 'note', 'by'],
    example: 'acknowledge-cooldown --pair orders --set clients-k1',
  },
  history: {
    does: 'show decisions, also refused ones, newest first',
    options: ['set', 'limit'],
    example: 'history --pair orders --set clients-k1 --limit 5',
  },
};

const isCommand = (text: string): text is OperateCommandName => Object.hasOwn(COMMANDS, text);

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
  | { readonly kind: 'usage'; readonly sentence: string };

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

export const meant = (word: string, names: readonly string[], dashes = ''): string => {
  const near = nearest(word, names);
  return near === undefined ? '' : ` (did you mean "${dashes}${near}"?)`;
};

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

function asked(command: OperateCommandName, values: Values, { env, user }: Surroundings): Arguments {
  const payload: Record<string, unknown> = {};
  for (const option of COMMANDS[command].options) {
    const value = values[option];
    if (value === undefined) continue;
    const { type } = OPTIONS[option];
    const number = Number(value);
    if (type === 'number' && (value === '' || Number.isNaN(number)))
      return { kind: 'usage', sentence: `--${option} is ${JSON.stringify(value)}; give a number` };
    payload[fieldOf(option)] = type === 'number' ? number : value;
  }
  const missing = neededOptions(command).filter((option) => values[option] === undefined);
  if (missing.length > 0)
    return {
      kind: 'usage',
      sentence: `"${command}" needs ${missing.map((option) => `--${option} (${OPTIONS[option].help})`).join(' and ')}`,
    };
  const pair = textOf(values, 'pair');
  if (COMMANDS[command].options.includes('by')) payload['by'] ??= env['USER'] || env['LOGNAME'] || user() || 'unnamed';
  return {
    kind: 'command',
    payload: { command, ...(pair === undefined ? {} : { pair }), ...payload },
    config: textOf(values, 'config') ?? env['MM2F_CONFIG'],
    region: textOf(values, 'region'),
    pair,
    clientSet: textOf(values, 'set'),
    cluster: textOf(values, 'cluster'),
    json: values['json'] === true,
  };
}

const fieldOf = (option: OptionName): string => {
  const { field = option } = OPTIONS[option] as { readonly field?: string };
  return field;
};

const neededOptions = (command: OperateCommandName): readonly OptionName[] => {
  const needed = neededFields(command);
  return COMMANDS[command].options.filter((option) => needed.includes(fieldOf(option)));
};

/** Help of one command, or of all. */
export function helpText(about: OperateCommandName | undefined): string {
  if (about !== undefined) {
    const { does, options, example } = COMMANDS[about];
    return [
      `mm2-failover ${about}: ${does}`,
      '',
      ...optionLines([...options, ...GENERAL], neededOptions(about)),
      '',
      `Example: npx mm2-failover ${example}`,
    ].join('\n');
  }
  return [
    'mm2-failover: look at client sets of a mirrored pair of Kafka clusters, move them, answer what waits for a person',
    '',
    ...Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(22)}${does}`),
    '',
    'Everywhere:',
    ...optionLines(GENERAL),
    '',
    'Region, credentials and endpoint come from the environment, as for every AWS tool.',
    'Exit codes: 0 done, 1 refused, 2 not understood, 3 could not be asked, 4 there was nothing to do.',
    'More about one command: npx mm2-failover help <command>. Which version this is: npx mm2-failover --version',
  ].join('\n');
}

const optionLines = (options: readonly OptionName[], needed: readonly OptionName[] = []): readonly string[] =>
  options.map(
    (option) => `  --${option.padEnd(20)}${needed.includes(option) ? 'needed: ' : ''}${OPTIONS[option].help}`,
  );
