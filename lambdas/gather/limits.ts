/** Reads what limits a move beside verdicts and the look at the refuge: expected loss, pauses, other moves, rehearsals. */
import { setsControlledFrom } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FlowObservation } from '../../core/contracts/observations.ts';
import type { EpochMs } from '../../core/contracts/primitives.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import type { MoveFacts, OtherMove } from '../../core/move/facts.ts';
import { expectedLoss, type ExpectedLoss } from '../../core/move/loss.ts';
import { isAway } from '../../core/move/old-side.ts';
import { isAbout, type AbovePairs } from '../../core/move/pause.ts';
import { tailOf } from '../../core/move/tail.ts';
import { clientsBehind } from '../../core/routing/adoption.ts';
import type { Ports } from '../ports.ts';
import { readPairs } from './above.ts';
import { widePauses } from '../shared/wide-pauses.ts';
import { newestPositions } from './stay.ts';

type Limits = Pick<
  MoveFacts,
  'loss' | 'lostWithHome' | 'pauses' | 'abovePairs' | 'moving' | 'rehearsedAtMs' | 'behind'
>;

interface About {
  readonly placed: PlacedSet;
  readonly state: SetState;
  readonly request: Pick<MoveFacts['request'], 'move' | 'rebuiltHome'>;
  /** At the flow from home to the refuge; the newest that tells what it has copied counts. Asked of a failover only. */
  readonly looks: () => Promise<readonly FlowObservation[]>;
  /** The instant for which the loss is told. */
  readonly lossAtMs: EpochMs;
}

export async function gatherLimits(
  ports: Pick<Ports, 'control' | 'shared'>,
  config: PairConfig,
  about: About,
): Promise<Limits> {
  const { placed, request } = about;
  const { control } = ports;
  const [loss, lostWithHome, wide, pairs, moving, rehearsal, behind] = await Promise.all([
    request.move === 'failover' ? lossOf(control, about) : null,
    request.rebuiltHome ? goneWithHome(control, about) : undefined,
    widePauses(ports),
    readPairs(ports, config),
    otherMoves(control, config, placed),
    config.moves.rehearsalDays === undefined ? null : control.rehearsal(placed.name),
    producersBehind(control, config, about),
  ]);
  return {
    loss,
    ...(lostWithHome === undefined ? {} : { lostWithHome }),
    ...aboveBoth(wide.abovePairs, pairs),
    pauses: wide.pauses.filter((pause) => isAbout(pause, placed)),
    moving,
    rehearsedAtMs: rehearsal?.atMs ?? null,
    ...(behind === undefined ? {} : { behind }),
  };
}

/** What one of the two readings of the table above the pairs does not know is not known. */
function aboveBoth(pause: AbovePairs | undefined, pairs: AbovePairs | undefined): Pick<Limits, 'abovePairs'> {
  const abovePairs = pause?.kind === 'unknown' ? pause : pairs;
  return abovePairs === undefined ? {} : { abovePairs };
}

/** What cannot be read is not known: that refuses a move where its loss is limited, and nothing else. */
async function lossOf(control: Ports['control'], { placed, looks, lossAtMs }: About): Promise<ExpectedLoss> {
  try {
    const [samples, seen] = await Promise.all([control.homeSamples(placed.name), looks()]);
    return expectedLoss({ topics: placed.set.topics, samples, looks: seen, atMs: lossAtMs });
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { kind: 'unknown', because: [`what home held or what was copied of it could not be read: ${because}`] };
  }
}

/** The newest positions are of the failover that the set lives away by; a claim of this way home stands above them. */
async function goneWithHome(
  control: Ports['control'],
  { state }: About,
): Promise<NonNullable<MoveFacts['lostWithHome']> | null> {
  const records = await newestPositions(control, { clientSet: state.clientSet, epoch: state.epoch + 1 });
  if (records.length === 0) return null;
  const tail = tailOf(records);
  return { records: String(tail.records), unknownPartitions: tail.unknownPartitions };
}

/** Names are for sentences only: what cannot be read names nobody. */
async function producersBehind(
  control: Ports['control'],
  { moves }: PairConfig,
  { placed, state, lossAtMs: nowMs }: About,
): Promise<readonly string[] | undefined> {
  if (!isAway(state.phase)) return undefined;
  const clients = await control.adoptions(placed.name).catch(() => []);
  const { clientSilentSeconds } = moves;
  return clientsBehind(clients, { revision: state.revision, nowMs, clientSilentSeconds })
    .filter(({ role }) => role === 'producer')
    .map(({ clientId }) => clientId);
}

/** Read only where a limit is configured. A set that waits for an approval does not move yet. */
async function otherMoves(
  control: Ports['control'],
  config: PairConfig,
  placed: PlacedSet,
): Promise<readonly OtherMove[]> {
  if (config.moves.setsAtOnce === undefined) return [];
  const others = setsControlledFrom(config, placed.controlRegion).filter(({ name }) => name !== placed.name);
  const states = await Promise.all(others.map(({ name }) => control.readSet(name)));
  return states.flatMap((state) =>
    state?.open && state.open.approval !== 'pending'
      ? [{ clientSet: state.clientSet, epoch: state.open.epoch, published: state.open.published }]
      : [],
  );
}
