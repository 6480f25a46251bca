/**
 * The next state of a client set, for the optimistic write of the control table: each has version + 1.
 * Asking for a step that the state does not allow is a bug of the caller and throws.
 */
import { consumersAreHome, type EpochMs } from '../contracts/primitives.ts';
import type { Routing } from '../contracts/routing.ts';
import type { Claim, SetState } from '../contracts/tables.ts';
import { endedBy } from './supersede.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Started by a rule, and no person has approved it: what cooldown and the daily limit count. */
export const isUnattended = ({ trigger, approval }: Pick<Claim, 'trigger' | 'approval'>): boolean =>
  trigger !== 'manual' && approval === 'not-needed';

const countsAsAutomatic = (claim: Claim): boolean => claim.move === 'failover' && isUnattended(claim);

const openOf = (state: SetState): Claim => {
  if (!state.open) throw new Error(`${state.clientSet} has no open claim (epoch ${state.epoch}, phase ${state.phase})`);
  return state.open;
};

const next = (state: SetState, changes: Partial<SetState>): SetState => ({
  ...state,
  ...changes,
  version: state.version + 1,
});

const withoutOpen = ({ open: _, ...rest }: SetState): SetState => rest;

/** A claim that takes the place of an open move says of which one; any other meets an open claim as a bug. */
export function openClaim(state: SetState, claim: Claim): SetState {
  const ended = claim.supersedes?.epoch === state.open?.epoch ? endedBy(state, claim) : undefined;
  if (state.open && !ended)
    throw new Error(`${state.clientSet} already has epoch ${state.open.epoch} open, owned by ${state.open.execution}`);
  if (claim.epoch <= state.epoch)
    throw new Error(`epoch ${claim.epoch} of ${state.clientSet} was used before; the newest is ${state.epoch}`);
  const recent = state.automaticStartsMs.filter((atMs) => claim.claimedAtMs - atMs < DAY_MS);
  const automaticStartsMs = countsAsAutomatic(claim) ? [...recent, claim.claimedAtMs] : recent;
  return next(state, {
    epoch: claim.epoch,
    open: claim,
    automaticStartsMs,
    ...(claim.input.refugeLost ? { leapt: claim.epoch } : {}),
    // Of a switchover it says nothing about home that the next way back has to know, nor of a refuge that is lost.
    ...(ended?.move === 'failback' && !claim.input.refugeLost
      ? {
          superseded: { epoch: ended.epoch, atMs: claim.claimedAtMs, times: (state.superseded?.times ?? 0) + 1 },
        }
      : {}),
  });
}

/** Before the first published routing only. The epoch stays used; an automatic start that came to nothing is not counted. */
export function withdrawClaim(state: SetState): SetState {
  const claim = openOf(state);
  if (claim.published)
    throw new Error(`epoch ${claim.epoch} of ${state.clientSet} has published a routing; only forward from here`);
  const automaticStartsMs = state.automaticStartsMs.filter(
    (atMs) => !(countsAsAutomatic(claim) && atMs === claim.claimedAtMs),
  );
  return next(withoutOpen(state), { phase: claim.from, automaticStartsMs });
}

export const takeUpClaim = (state: SetState, execution: string): SetState =>
  next(state, { open: { ...openOf(state), execution } });

export function approveClaim(state: SetState, by: string): SetState {
  const claim = openOf(state);
  if (claim.approval !== 'pending')
    throw new Error(`epoch ${claim.epoch} of ${state.clientSet} waits for no approval (${claim.approval})`);
  return next(state, { open: { ...claim, approval: 'given', approvedBy: by } });
}

/** Kept in the claim, so that whichever step looks next goes home, in this execution or in the one that takes it up. */
export const undoClaim = (state: SetState, undo: NonNullable<Claim['undo']>): SetState =>
  next(state, { open: { ...openOf(state), undo } });

/** A person knows that home was rebuilt. Kept in the claim: the step reads it there, and whoever takes the epoch up. */
export function rebuiltClaim(state: SetState): SetState {
  const claim = openOf(state);
  return next(state, { open: { ...claim, input: { ...claim.input, rebuiltHome: true } } });
}

/** The point of no return: clients may have seen this routing. */
export function markPublished(
  state: SetState,
  { routing, atMs }: { readonly routing: Routing; readonly atMs: EpochMs },
): SetState {
  const claim = openOf(state);
  if (routing.revision < state.revision)
    throw new Error(`revision ${routing.revision} of ${state.clientSet} is below ${state.revision}, which is out`);
  const turnsBack = state.phase === 'returning' && routing.phase === 'draining';
  // Twice in a switchover: producers, then consumers.
  const leaves =
    turnsBack || (consumersAreHome(state.phase) && routing.phase !== 'home' && routing.phase !== state.phase);
  // Consumers of a switchover that is taken back never left the refuge, because they never were there.
  const returns = claim.move === 'failback' && state.phase !== 'home' && routing.phase === 'home';
  return next(state, {
    open: { ...claim, published: true },
    routing,
    untoldRouting: { revision: routing.revision, epoch: claim.epoch, move: claim.move },
    phase: routing.phase,
    revision: routing.revision,
    ...(leaves ? { leftHomeAtMs: atMs, leftHomeBy: claim.move } : {}),
    ...(returns ? { returnedHomeAtMs: atMs } : {}),
  });
}

/** The bus has the event of this revision; undefined when nothing is to be written. */
export function markTold({ untoldRouting, ...state }: SetState, revision: number): SetState | undefined {
  return untoldRouting?.revision === revision ? next(state, {}) : undefined;
}

/** The epoch ends where it is. Cooldown starts with an automatic failover that has published. */
export function concludeClaim(state: SetState, { atMs }: { readonly atMs: EpochMs }): SetState {
  const claim = openOf(state);
  const cools = countsAsAutomatic(claim) && claim.published;
  const { superseded, ...rest } = withoutOpen(state);
  // Home for good: the next way there begins without this one's history.
  const kept = claim.move === 'failback' || superseded === undefined ? rest : { ...rest, superseded };
  return next(kept, cools ? { lastAutomatic: { epoch: claim.epoch, finishedAtMs: atMs } } : {});
}
