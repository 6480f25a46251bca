/** Evidence about the flow home->refuge and about home's producers, from stored observations and adoptions. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FlowObservation } from '../../core/contracts/observations.ts';
import { isCaughtUp, measureLag, sumLag } from '../../core/replication/lag.ts';
import type { Lag } from '../../core/replication/lag.ts';
import { expectedClients } from '../../core/routing/adoption.ts';
import type { Ports } from '../ports.ts';

export interface FlowNow {
  readonly lag: 'zero' | 'some' | 'unknown';
  /** Sum of the last copied source offsets, decimal, or 'unknown'. */
  readonly copiedOffsets: string;
}

/** @param since looks that began before it do not tell the lag: a producer may still have written after them. */
export async function lagOfFlow(
  ports: Pick<Ports, 'observations'>,
  config: PairConfig,
  placed: PlacedSet,
  nowMs: number,
  since: number,
): Promise<FlowNow> {
  const limitMs = config.moves.lagLimitSeconds * 1000;
  const newest = (await ports.observations.flowsSince(placed.home, placed.refuge, nowMs - limitMs)).at(-1);
  if (newest === undefined) return { lag: 'unknown', copiedOffsets: 'unknown' };
  return {
    lag: newest.atMs < since ? 'unknown' : lagKind(newest, placed, config),
    copiedOffsets: copiedSum(newest, placed),
  };
}

function lagKind(look: FlowObservation, placed: PlacedSet, config: PairConfig): FlowNow['lag'] {
  if (look.sourceEnds === undefined || look.replicatedOffsets === undefined) return 'unknown';
  const lags: (Lag | 'unknown')[] = placed.set.topics.flatMap((topic): (Lag | 'unknown')[] => {
    const partitions = Object.entries(look.sourceEnds?.[topic] ?? {});
    if (partitions.length === 0) return ['unknown'];
    return partitions.map(([partition, ends]) => {
      const copied = look.replicatedOffsets?.[topic]?.[partition];
      return measureLag({
        highWatermark: BigInt(ends.highWatermark),
        lastStable: BigInt(ends.lastStable),
        logStart: BigInt(ends.start),
        isolation: config.replication.exactlyOnce ? 'read_committed' : 'read_uncommitted',
        copiedOffset: copied === undefined ? null : BigInt(copied),
      });
    });
  });
  return isCaughtUp(sumLag(lags)) ? 'zero' : 'some';
}

function copiedSum(look: FlowObservation, placed: PlacedSet): string {
  if (look.replicatedOffsets === undefined) return 'unknown';
  const offsets = placed.set.topics.flatMap((topic) => Object.values(look.replicatedOffsets?.[topic] ?? {}));
  return String(offsets.reduce((sum, offset) => sum + BigInt(offset), 0n));
}

/** Have all producers that were alive at the claim acknowledged a revision of this epoch? Nobody ever heard of = unknown. */
export async function producersMoved(
  ports: Pick<Ports, 'control'>,
  config: PairConfig,
  placed: PlacedSet,
  epoch: number,
): Promise<'moved' | 'not-all' | 'unknown'> {
  const claim = (await ports.control.readSet(placed.name))?.open;
  if (claim?.epoch !== epoch) return 'unknown';
  const clients = await ports.control.adoptions(placed.name);
  const expected = expectedClients({ clients, claimedAtMs: claim.claimedAtMs, rules: config.moves }, 'producer');
  if (expected.length === 0) return 'unknown';
  return expected.every((a) => a.epoch >= epoch) ? 'moved' : 'not-all';
}
