/** What there is to type: every command and option once, with what help says of it. */
import { neededFields, type OperateCommandName } from '../../core/contracts/operate.ts';
import { MODES, MOVES, REASON_CHARACTERS } from '../../core/contracts/primitives.ts';

export interface CommandHelp {
  readonly does: string;
  readonly options: readonly OptionName[];
  readonly example: string;
}

interface OptionRow {
  readonly type: 'string' | 'number' | 'boolean';
  /** Its name in the payload of operate, where that is another one. */
  readonly field?: string;
  readonly allowed?: readonly string[];
  readonly help: string;
}

/** Every option once. */
export const OPTIONS = {
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
    allowed: MOVES,
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
    help: 'failback although the refuge is confirmed down; goes to the region of home, and asks for an approval there',
  },
  'dry-run': {
    type: 'boolean',
    field: 'dryRun',
    help: 'only show what it would do now; nothing is written to clients',
  },
  'first-start': {
    type: 'boolean',
    field: 'firstStart',
    help: 'consumers may start without a position in a topic that joins: their applications allow it',
  },
  minutes: { type: 'number', help: 'how long the pause lasts, at most a week' },
  mode: { type: 'string', allowed: MODES, help: 'off, observe, approve or automatic' },
  limit: { type: 'number', help: 'how many decisions to show (default 10)' },
  config: { type: 'string', help: 'YAML of the pair: tells where each set is controlled (or MM2F_CONFIG)' },
  region: {
    type: 'string',
    help: 'ask the controller of this region (default: from the configuration, else AWS_REGION)',
  },
  json: { type: 'boolean', help: 'print the answer as JSON' },
  help: { type: 'boolean', help: 'this text' },
} as const satisfies Readonly<Record<string, OptionRow>>;
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
export const GENERAL: readonly OptionName[] = ['pair', 'config', 'region', 'json', 'help'];

export const COMMANDS: Readonly<Record<OperateCommandName, CommandHelp>> = {
  status: {
    does: 'show where client sets stand, what is open and who waits for whom',
    options: ['set'],
    example: 'status --pair orders',
  },
  start: {
    does: 'start a move; all guards apply',
    options: [...START, 'dry-run'],
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
  refresh: {
    does: 'bring a change of the configuration (brokers, topics) to clients that stay where they are',
    options: ['set', 'reason', 'dry-run', 'first-start', 'by'],
    example: 'refresh --pair orders --set clients-k1 --reason "K1 has a fourth broker"',
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

export const isCommand = (text: string): text is OperateCommandName => Object.hasOwn(COMMANDS, text);

export const allowedFor = (option: OptionName): readonly string[] | undefined => {
  const { allowed }: OptionRow = OPTIONS[option];
  return allowed;
};

export const fieldOf = (option: OptionName): string => {
  const { field = option }: OptionRow = OPTIONS[option];
  return field;
};

export const neededOptions = (command: OperateCommandName): readonly OptionName[] => {
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
