/** Starts a move, or a dry run of one, and waits a moment for a quick answer: most refusals come within seconds. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { Move } from '../../core/contracts/primitives.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import type { Desk } from './desk.ts';

type Command = CommandNamed<'start'> | CommandNamed<'dry-run'>;

/** How long to wait for an end. A dry run is over in seconds; a move is not, but a refused one is. */
const PATIENCE_MS = { start: 4_000, 'dry-run': 20_000 } as const;
const LOOK_MS = 500;
/** Left of the invocation's time for the answer itself. */
const RESERVE_MS = 2_000;

export async function startMove(desk: Desk, command: Command): Promise<OperateAnswer> {
  const told: Told[] = [];
  for (const { name } of desk.sets) told.push(await startOne(desk, command, name));
  return {
    kind: told.some(({ refused }) => refused) ? 'refused' : 'done',
    sentence: told.map(({ sentence }) => sentence).join('; '),
    reasons: told.flatMap(({ reasons }) => reasons),
    executions: told.map(({ execution }) => execution),
  };
}

interface Told {
  readonly refused: boolean;
  readonly sentence: string;
  readonly reasons: readonly string[];
  readonly execution: string;
}

async function startOne(desk: Desk, command: Command, clientSet: string): Promise<Told> {
  const { ports, config } = desk;
  const move = command.move ?? nextMove(await ports.control.readSet(clientSet));
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
  if (result === null)
    return {
      refused: false,
      sentence: `the ${move} of "${clientSet}" is started as ${execution}`,
      reasons: [],
      execution,
    };
  if (result.output === undefined)
    return {
      refused: true,
      sentence: `the ${move} of "${clientSet}" ended at once: ${result.cause ?? 'no cause was given'}`,
      reasons: [],
      execution,
    };
  return { refused: false, ...claimIn(result.output, `the ${move} of "${clientSet}" is over`), execution };
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
function claimIn(output: string, otherwise: string): Pick<Told, 'sentence' | 'reasons'> {
  const claim = field(JSON.parse(output), 'claim');
  const sentence = field(claim, 'sentence');
  const reasons = field(claim, 'reasons');
  return {
    sentence: typeof sentence === 'string' ? sentence : otherwise,
    reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [],
  };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
