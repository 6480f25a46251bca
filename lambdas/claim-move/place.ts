/** A move enters the table above the pairs before it is claimed, so that of two pairs one has the last place and the other claims nothing. */
import type { Claim } from '../../core/contracts/tables.ts';
import { decideMove } from '../../core/move/decide.ts';
import { epochOf, isUnattendedStart, type MoveRequest } from '../../core/move/facts.ts';
import type { AbovePairs } from '../../core/move/pause.ts';
import { isInTheWay } from '../../core/move/guards.ts';
import { PAIRS_AT_ONCE_GUARD } from '../../core/move/guards-pairs.ts';
import { enter, entryOf, waitInLine, type Entered } from '../shared/pair-moves.ts';
import { unreadable } from '../shared/wide-pauses.ts';
import type { Desk, Judged } from './desk.ts';

/**
 * Only what would be claimed without a question enters. Judged again with what the table said: a place that another pair took
 * meanwhile, or a table that did not answer, refuses a start that no person made. Whoever dies before the claim leaves an
 * entry that ends by itself.
 */
export async function withPlace(desk: Desk, judged: Judged): Promise<Judged> {
  const { facts, decision } = judged;
  if (desk.ports.shared === null || decision.kind !== 'claim') return judged;
  const entered = await tryToEnter(desk, epochOf(facts), facts.request);
  const seen = { ...facts, abovePairs: seenBy(entered, facts.abovePairs) };
  return { facts: seen, decision: decideMove(seen) };
}

/** Of our own claim, before it is judged again: an entry that ended meanwhile is made anew, if there is a place. */
export async function keepPlace(desk: Desk, open: Claim, by: MoveRequest): Promise<void> {
  if (desk.ports.shared === null) return;
  const waits = open.approval === 'pending' && by.approvedBy === undefined;
  if (!waits) await tryToEnter(desk, open.epoch, by);
}

/**
 * Refused for want of a place and nothing else: it waits for its turn. Whoever has more in the way would hold up others for
 * nothing. What fails here costs the turn only: the start comes again.
 */
export async function waitForTurn({ ports, config, asked }: Desk, { decision }: Judged): Promise<void> {
  const { shared, clock, log } = ports;
  const inTheWay = decision.guards.filter(isInTheWay).map(({ id }) => id);
  if (shared === null || inTheWay.join() !== PAIRS_AT_ONCE_GUARD.id) return;
  try {
    await waitInLine({ shared, clock }, config.pair);
  } catch (error) {
    log.warn('the pair does not wait in the table above the pairs', { clientSet: asked.placed.name, error });
  }
}

type Trying = Entered | Extract<AbovePairs, { kind: 'unknown' }>;

/** A person is not limited, but others shall see the move. */
async function tryToEnter({ ports, config, asked }: Desk, epoch: number, request: MoveRequest): Promise<Trying> {
  const { shared, clock, log } = ports;
  const limit = isUnattendedStart({ request }) ? (config.shared?.pairsAtOnce ?? null) : null;
  try {
    const entry = entryOf(config, { clientSet: asked.placed.name, epoch, nowMs: clock.nowMs() });
    return await enter({ shared: shared!, clock }, entry, limit);
  } catch (error) {
    log.warn('the move is not entered in the table above the pairs', { clientSet: asked.placed.name, epoch, error });
    return { kind: 'unknown', because: unreadable(shared!.table, error) };
  }
}

const seenBy = (entered: Trying, before: AbovePairs | undefined): AbovePairs =>
  entered.kind === 'unknown'
    ? entered
    : { ...(before ?? {}), kind: 'read', moves: entered.moves, waiting: entered.waiting ?? [] };
