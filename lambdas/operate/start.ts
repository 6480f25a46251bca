/** Starts a move, or a dry run of one, and waits a moment for a quick answer: most refusals come within seconds. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { Move } from '../../core/contracts/primitives.ts';
import type { Decision, SetState } from '../../core/contracts/tables.ts';
import { liftedBy } from '../../core/move/guards.ts';
import { LOSS_GUARD } from '../../core/move/guards-failover.ts';
import type { Desk } from './desk.ts';

type Command = CommandNamed<'start'> | CommandNamed<'dry-run'>;

/** How long to wait for an end. A dry run is over in seconds; a move is not, but a refused one is. */
const PATIENCE_MS = { start: 4_000, 'dry-run': 20_000 } as const;
const LOOK_MS = 500;
/** The record of this very start is among the newest, also when others start at the same time. */
const RECENT = 10;
/** Left of the invocation's time for the answer itself. */
const RESERVE_MS = 2_000;

export async function startMove(desk: Desk, command: Command): Promise<OperateAnswer> {
  const told: Told[] = [];
  for (const { name } of desk.sets) told.push(await startOne(desk, command, name));
  return {
    kind: (['refused', 'done'] as const).find((kind) => told.some((one) => one.kind === kind)) ?? 'nothing',
    sentence: told.map(({ sentence }) => sentence).join('; '),
    reasons: told.flatMap(({ reasons }) => reasons),
    executions: told.map(({ execution }) => execution),
  };
}

interface Told {
  readonly kind: 'done' | 'nothing' | 'refused';
  readonly sentence: string;
  readonly reasons: readonly string[];
  readonly execution: string;
}

async function startOne(desk: Desk, command: Command, clientSet: string): Promise<Told> {
  const { ports, config } = desk;
  const move = command.move ?? (command.refugeLost ? 'failback' : nextMove(await ports.control.readSet(clientSet)));
  const { execution } = await ports.workflows.start(move, {
    pair: config.pair,
    clientSet,
    move,
    reason: command.reason,
    trigger: 'manual',
    ...(command.expectedEpoch === undefined ? {} : { expectedEpoch: command.expectedEpoch }),
    force: command.force,
    acceptDataLoss: command.acceptDataLoss,
    rebuiltHome: command.rebuiltHome,
    refugeLost: command.refugeLost,
    dryRun: command.command === 'dry-run',
    requestedBy: command.by,
  });
  const result = await waitFor(desk, execution, PATIENCE_MS[command.command]);
  if (result === null) return running(desk, command, { clientSet, move, execution });
  if (result.output === undefined)
    return {
      kind: 'refused',
      sentence: `the ${move} of "${clientSet}" ended at once: ${result.cause ?? 'no cause was given'}`,
      reasons: await whatLifts(desk, clientSet, result.cause ?? ''),
      execution,
    };
  return { ...claimIn(result.output, `the ${move} of "${clientSet}" is over`), execution };
}

interface Started {
  readonly clientSet: string;
  readonly move: Move;
  readonly execution: string;
}

/** Who forces has to see what was passed over, and who accepts a loss how much it is: both are in the record of the claim. */
async function running({ ports }: Desk, command: Command, started: Started): Promise<Told> {
  const { clientSet, move, execution } = started;
  const recent = await ports.control.decisions(clientSet, RECENT);
  const decision = recent.find(({ inputs }) => field(field(inputs, 'request'), 'execution') === execution);
  const about = decision === undefined ? '' : `: ${decision.sentence}`;
  return {
    kind: 'done',
    sentence: `the ${move} of "${clientSet}" is started as ${execution}${about}`,
    reasons: [...(command.force ? skipped(decision) : []), ...(command.acceptDataLoss ? accepted(decision) : [])],
    execution,
  };
}

/** The cause is the sentence of the decision, which may have been stored by an earlier start that was refused for the same. */
async function whatLifts({ ports }: Desk, clientSet: string, cause: string): Promise<readonly string[]> {
  const recent = await ports.control.decisions(clientSet, RECENT);
  const decision = recent.find(({ kind, sentence }) => kind === 'refused' && cause.includes(sentence));
  const inTheWay = decision?.guards.filter(({ holds }) => !holds) ?? [];
  return inTheWay.map(({ id }) => `${id} is lifted by: ${liftedBy(id)}`);
}

const NOT_YET = 'not decided yet: look at its history';

function skipped(decision: Decision | undefined): readonly string[] {
  if (decision === undefined) return [`which guards --force skips is ${NOT_YET}`];
  const guards = decision.guards.filter((guard) => guard.skipped === true);
  return guards.length === 0
    ? ['--force skipped nothing: no guard that it may skip stood in the way']
    : guards.map(({ id, sentence }) => `${id}: ${sentence}`);
}

function accepted(decision: Decision | undefined): readonly string[] {
  if (decision === undefined) return [`how much may be lost is ${NOT_YET}`];
  const loss = decision.guards.find(({ id }) => id === LOSS_GUARD);
  return [loss === undefined ? '--accept-data-loss changed nothing: no limit is set' : `${loss.id}: ${loss.sentence}`];
}

/** Without a move named, the one that leads away from where the set is. claim-move judges whether it may. */
const nextMove = (state: SetState | null): Move =>
  state?.phase === 'refuge' || state?.phase === 'returning' ? 'failback' : 'failover';

async function waitFor(
  { ports }: Desk,
  execution: string,
  patienceMs: number,
): Promise<{ readonly output?: string | undefined; readonly cause?: string | undefined } | null> {
  const untilMs = ports.clock.nowMs() + Math.min(patienceMs, ports.budget.remainingMs() - RESERVE_MS);
  while (ports.clock.nowMs() < untilMs) {
    const result = await ports.workflows.result(execution);
    if (result !== null) return result;
    await ports.clock.pause(LOOK_MS);
  }
  return null;
}

/** claim-move's own words, which the workflow carries at `claim`. */
function claimIn(output: string, otherwise: string): Omit<Told, 'execution'> {
  const claim = field(JSON.parse(output), 'claim');
  const sentence = field(claim, 'sentence');
  const reasons = field(claim, 'reasons');
  return {
    kind: kindOf(claim),
    sentence: typeof sentence === 'string' ? sentence : otherwise,
    reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [],
  };
}

/** A start that gave the approval which was waited for has done something; one that came second has not. */
function kindOf(claim: unknown): Told['kind'] {
  const kind = field(claim, 'kind');
  if (kind === 'already-handled') return field(claim, 'approvalGiven') === true ? 'done' : 'nothing';
  return kind === 'aborted' || kind === 'declined' ? 'refused' : 'done';
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
