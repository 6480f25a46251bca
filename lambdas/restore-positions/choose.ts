/** What is decided for each partition of a group: gathered from both clusters, judged by core/positions/restore.ts. */
import { remoteTopicOf, type PlacedSet } from '../../core/config/pair.ts';
import type { Claim, PositionRecord } from '../../core/contracts/tables.ts';
import type { StepInput } from '../../core/contracts/workflow.ts';
import { chooseRestore, soughtByContent } from '../../core/positions/restore.ts';
import type { RestoreChoice, RestoreInput } from '../../core/positions/restore.ts';
import { processedSince } from '../../core/positions/stay.ts';
import { lookByContent, type BoundaryQuestion } from '../gather/boundary.ts';
import { at } from '../gather/partitions.ts';
import { incarnationOf, number, partitionsAt } from '../gather/stored.ts';
import type { SyncMaps } from '../gather/syncs.ts';
import type { ByPartition, Ends } from '../ports.ts';
import type { Needs } from './needs.ts';

export interface Frame {
  readonly input: StepInput;
  readonly syncs: SyncMaps;
  readonly clusterId: string;
  readonly claim: Claim;
  /** Until when both logs may be compared by content; later, syncs alone answer. */
  readonly contentUntilMs: number;
}

export interface Chosen {
  readonly topic: string;
  readonly partition: number;
  readonly drained: bigint | null;
  readonly choice: RestoreChoice;
}

export const isOfNewLog = ({ choice }: Pick<Chosen, 'choice'>): boolean =>
  choice.kind === 'commit' && choice.from === 'new-log';

export async function choose(
  ports: Needs,
  placed: PlacedSet,
  records: readonly PositionRecord[],
  frame: Frame & { readonly homeEnds: ByPartition<Ends> },
): Promise<readonly Chosen[]> {
  const group = records[0]!.group;
  const topics = records.map((r) => r.topic);
  const home = ports.kafka.reader(placed.home);
  const atHome = await home.committed(group, topics);
  const live = await ports.kafka.reader(placed.refuge).committed(
    group,
    topics.map((topic) => remoteTopicOf(placed, topic)),
  );
  const asked = records.flatMap((record) =>
    partitionsAt(record, frame.homeEnds).map(([partition, stored]) => {
      const remote = remoteTopicOf(placed, record.topic);
      const ends = at(frame.homeEnds, record.topic, partition);
      const now = at(live, remote, partition) ?? null;
      const input: RestoreInput = {
        map: frame.syncs.of(record.topic, partition),
        homeCommitAtFailover: number(stored.homeCommit),
        homeCommitNow: at(atHome, record.topic, partition) ?? null,
        seed: processedSince(stored),
        drained: larger(number(stored.drained), now),
        storedRestore: number(stored.restore),
        logStart: ends?.start ?? 0n,
        end: ends?.highWatermark ?? null,
        rebuiltHome: frame.claim.input.rebuiltHome,
        incarnation: incarnationOf(record.clusterId, frame.clusterId, ends?.highWatermark, number(stored.homeEnd)),
      };
      return { topic: record.topic, remote, partition, ends, now, input };
    }),
  );
  const questions = asked.flatMap(({ topic, remote, partition, ends, input }): BoundaryQuestion[] => {
    const sought = ends === undefined ? undefined : soughtByContent(input);
    return sought === undefined ? [] : [{ topic, remote, partition, ends: ends!, sought }];
  });
  const refuge = ports.kafka.reader(placed.refuge);
  const contentOf = await lookByContent({ home, refuge }, questions, frame.contentUntilMs - ports.clock.nowMs());
  return asked.map(({ topic, partition, now, input }) => {
    const content = contentOf({ topic, partition });
    const choice = chooseRestore({ ...input, ...(content !== undefined && { content }) });
    // Who begins anew may have begun with the remote topic too: only what the group has there now is of the present one.
    return { topic, partition, drained: isOfNewLog({ choice }) ? now : input.drained, choice };
  });
}

const larger = (a: bigint | null, b: bigint | null): bigint | null => (a === null ? b : b === null ? a : a > b ? a : b);
