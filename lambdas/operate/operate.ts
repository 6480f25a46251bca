/** The one door for people: looks, starts, answers questions, refreshes, pauses. Typed commands in, one sentence and data out. */
import {
  names,
  placedSet,
  placedSets,
  setsControlledFrom,
  setsMovedFrom,
  type PlacedSet,
} from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import {
  OPERATE_COMMANDS,
  OperateCommand,
  type CommandNamed,
  type OperateAnswer,
} from '../../core/contracts/operate.ts';
import { readShape, sayProblem, shown, type ShapeProblem } from '../../core/contracts/shape.ts';
import { ANSWERS } from '../../core/move/answers.ts';
import { isLedFromHome } from '../../core/move/without-refuge.ts';
import { answerQuestion } from './answer-question.ts';
import type { Desk, Here, OperatePorts } from './desk.ts';
import { pause, unpause } from './pauses.ts';
import { refresh } from './refresh.ts';
import { acknowledgeCooldown, setMode } from './settings.ts';
import { startMove } from './start.ts';
import { history, status } from './status.ts';
import { takeUp } from './take-up.ts';
import { undo } from './undo.ts';

/** Never throws for what a person typed: wrong input is answered with what is wrong and what is allowed. */
export const operate =
  (ports: OperatePorts, config: PairConfig, here: Here) =>
  async (payload: unknown): Promise<OperateAnswer> => {
    const typed = readShape(OperateCommand, payload);
    if (typed.kind === 'invalid') return { kind: 'invalid', sentence: whatIsWrong(payload, typed.problems) };
    const command = typed.data;
    const choice = choose(command, config, here);
    if (choice.kind !== 'chosen') return choice;
    const away = await whyNotHere(ports, config, choice.sets, { command, here });
    return away ?? run({ ports, config, here, sets: choice.sets }, command);
  };

/**
 * The region of home speaks for a set only about a way home without the refuge: it may be asked for, and is looked at and
 * answered here once it is claimed.
 */
async function whyNotHere(
  { control }: OperatePorts,
  config: PairConfig,
  sets: readonly PlacedSet[],
  { command, here }: { readonly command: OperateCommand; readonly here: Here },
): Promise<OperateAnswer | undefined> {
  const [placed] = sets;
  if (placed === undefined || isControlledHere(config, placed, here)) return undefined;
  if (command.command === 'start' || command.command === 'dry-run')
    return command.refugeLost ? undefined : elsewhere(config, placed);
  const answersHere = [...ANSWERS, 'take-up', 'status', 'history'].some((name) => name === command.command);
  return answersHere && isLedFromHome(await control.readSet(placed.name)) ? undefined : elsewhere(config, placed);
}

const isControlledHere = (config: PairConfig, placed: PlacedSet, here: Here): boolean =>
  setsControlledFrom(config, here.region).some(({ name }) => name === placed.name);

function run(desk: Desk, command: OperateCommand): Promise<OperateAnswer> {
  switch (command.command) {
    case 'status':
      return status(desk);
    case 'history':
      return history(desk, command);
    case 'start':
    case 'dry-run':
      return startMove(desk, command);
    case 'approve':
    case 'reject':
    case 'resume':
    case 'abort':
    case 'proceed':
      return answerQuestion(desk, command);
    case 'refresh':
      return refresh(desk, command);
    case 'undo':
      return undo(desk, command);
    case 'take-up':
      return takeUp(desk, command);
    case 'pause':
      return pause(desk, command);
    case 'unpause':
      return unpause(desk, command);
    case 'mode':
      return setMode(desk, command);
    case 'acknowledge-cooldown':
      return acknowledgeCooldown(desk, command);
  }
}

/** What is no command at all is told with all there are; what is wrong in a command with its fields. */
function whatIsWrong(payload: unknown, problems: readonly ShapeProblem[]): string {
  const example = 'for example {"command": "status"}';
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return `the input is ${payload === undefined ? 'missing' : shown(payload)}; give a JSON object, ${example}`;
  const name = (payload as Readonly<Record<string, unknown>>)['command'];
  if (!OPERATE_COMMANDS.some((known) => known === name))
    return `command is ${name === undefined ? 'missing' : shown(name)}; allowed: ${OPERATE_COMMANDS.join(', ')}; ${example}`;
  return `"${String(name)}": ${problems.map((problem) => sayProblem(problem, 'the input')).join('; ')}`;
}

type Choice =
  | { readonly kind: 'chosen'; readonly sets: readonly PlacedSet[] }
  | { readonly kind: 'invalid' | 'refused'; readonly sentence: string };

/** Commands that without a client set speak of all sets of this region; the others need one if there are several. */
const ABOUT_ALL: readonly OperateCommand['command'][] = ['status', 'history', 'pause', 'unpause'];

function choose(command: OperateCommand, config: PairConfig, here: Here): Choice {
  if (command.pair !== undefined && command.pair !== config.pair)
    return { kind: 'invalid', sentence: `pair is "${command.pair}"; this function serves "${config.pair}"` };
  if ('all' in command && command.all) return chooseEveryPair(command, config, here);
  const cluster = 'cluster' in command ? command.cluster : undefined;
  if (cluster !== undefined && isPause(command)) return choosePaused(cluster, command.clientSet, config, here);
  if (cluster !== undefined) return chooseCluster(cluster, command.clientSet, config, here);
  if (command.clientSet !== undefined) return chooseSet(command.clientSet, config, here);
  const own = setsControlledFrom(config, here.region);
  if (own.length === 1 || ABOUT_ALL.includes(command.command)) return { kind: 'chosen', sets: own };
  return {
    kind: 'invalid',
    sentence: `"${command.command}": clientSet is missing; allowed: ${own.map(({ name }) => name).join(', ') || 'none, this region controls no client set'}`,
  };
}

const isPause = ({ command }: OperateCommand): boolean => command === 'pause' || command === 'unpause';

function chooseEveryPair(
  { clientSet, cluster }: CommandNamed<'pause' | 'unpause'>,
  config: PairConfig,
  here: Here,
): Choice {
  const narrower = clientSet ?? cluster;
  if (narrower !== undefined) return { kind: 'invalid', sentence: `give either all or "${narrower}", not both` };
  return config.shared === undefined
    ? {
        kind: 'invalid',
        sentence: `"all": the configuration of pair "${config.pair}" names no shared table (shared.table), so nothing speaks for several pairs; pause each of them`,
      }
    : { kind: 'chosen', sets: setsControlledFrom(config, here.region) };
}

/** A pause of a cluster is about sets that would go there too: each controller keeps its own. */
function choosePaused(cluster: string, clientSet: string | undefined, config: PairConfig, here: Here): Choice {
  if (clientSet !== undefined) return bothGiven(cluster, clientSet);
  const aliases = Object.keys(config.clusters);
  return aliases.includes(cluster)
    ? { kind: 'chosen', sets: setsControlledFrom(config, here.region) }
    : { kind: 'invalid', sentence: `cluster is "${cluster}"; allowed: ${aliases.join(', ')}` };
}

const bothGiven = (cluster: string, clientSet: string): Choice => ({
  kind: 'invalid',
  sentence: `give either clientSet ("${clientSet}") or cluster ("${cluster}"), not both`,
});

function chooseSet(name: string, config: PairConfig, here: Here): Choice {
  const placed =
    setsMovedFrom(config, here.region).find((set) => set.name === name) ??
    placedSets(config).find((set) => set.name === name);
  if (placed === undefined)
    return {
      kind: 'invalid',
      sentence: `clientSet is "${name}"; allowed: ${Object.keys(config.clientSets).join(', ')}`,
    };
  return placed.controlRegion === here.region ? { kind: 'chosen', sets: [placed] } : elsewhere(config, placed);
}

function chooseCluster(cluster: string, clientSet: string | undefined, config: PairConfig, here: Here): Choice {
  if (clientSet !== undefined) return bothGiven(cluster, clientSet);
  const sets = placedSets(config).filter(({ home }) => home === cluster);
  const [first] = sets;
  if (first === undefined)
    return {
      kind: 'invalid',
      sentence: `cluster is "${cluster}", which is home of no client set; allowed: ${[...new Set(placedSets(config).map(({ home }) => home))].join(', ')}`,
    };
  return first.controlRegion === here.region ? { kind: 'chosen', sets } : elsewhere(config, first);
}

interface Refused {
  readonly kind: 'refused';
  readonly sentence: string;
}

function elsewhere(config: PairConfig, { name }: PlacedSet): Refused {
  const controlRegion = placedSet(config, name)?.controlRegion ?? 'another region';
  return {
    kind: 'refused',
    sentence: `"${name}" is controlled from ${controlRegion}, its refuge's region; ask function ${names.fn(config.pair, 'operate')} there`,
  };
}
