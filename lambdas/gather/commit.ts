/** Writes positions and makes sure that they are there. */
import type { ClusterReader, Clock, FencedCommitter, NewPosition } from '../ports.ts';
import { at } from './partitions.ts';

const READ_BACK_MS = 5_000;

export type CommitOutcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'different'; readonly sentence: string };

interface Writing {
  readonly committer: FencedCommitter;
  readonly reader: ClusterReader;
  readonly clock: Clock;
}

/** A position to write; `live`: members may own the partition and go on from there, so a later one is as good. */
export type Position = NewPosition & { readonly live?: boolean };

/** Commits and reads back until equal: right after a transactional commit the old position is still visible for a moment. */
export async function commitAndVerify(
  { committer, reader, clock }: Writing,
  group: string,
  positions: readonly Position[],
): Promise<CommitOutcome> {
  if (positions.length === 0) return { kind: 'committed' };
  const outcome = await committer.commit(
    group,
    positions.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
  );
  if (outcome.kind === 'fenced') return outcome;
  const topics = [...new Set(positions.map((p) => p.topic))];
  const deadlineMs = clock.nowMs() + READ_BACK_MS;
  for (;;) {
    const now = await reader.committed(group, topics);
    const wrong = positions.find((p) => !isThere(p, at(now, p.topic, p.partition) ?? null));
    if (wrong === undefined) return { kind: 'committed' };
    if (clock.nowMs() >= deadlineMs) {
      const found = at(now, wrong.topic, wrong.partition) ?? 'nothing';
      return {
        kind: 'different',
        sentence: `${group} ${wrong.topic}-${wrong.partition}: wrote ${wrong.offset}, reads back ${found}`,
      };
    }
    await clock.pause(50);
  }
}

const isThere = ({ offset, live }: Position, found: bigint | null): boolean =>
  found !== null && (found === offset || (live === true && found > offset));
