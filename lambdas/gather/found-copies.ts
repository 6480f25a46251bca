/**
 * While both clusters are up the logs themselves tell how far a group has come in the copies of what it reads at the refuge,
 * whatever offset syncs are there: the last record that it has processed is looked for among the copies.
 */
import { behindFirstCopy } from '../../core/positions/content.ts';
import type { ClusterReader, Ends } from '../ports.ts';
import type { Copy } from './homeward.ts';
import { at, mapInBatches, READS_AT_ONCE } from './partitions.ts';
import { comparableTopics, MOST_COPIES, seen } from './proof.ts';

interface Readers {
  readonly refuge: ClusterReader;
  readonly home: ClusterReader;
}

/** Transaction markers may lie between the last record and the position. */
const BACK = 10n;

/** The same copies, further where their logs say so; what cannot be found stays as it is. @throws where a cluster does not answer */
export async function foundFurther({ refuge, home }: Readers, copies: readonly Copy[]): Promise<readonly Copy[]> {
  const open = copies.filter(({ ofRefuge, again }) => ofRefuge !== null && ofRefuge > 0n && again > 0n);
  const comparable = await comparableTopics(home, open);
  if (comparable.size === 0) return copies;
  const ends = await home.ends([...comparable]);
  return mapInBatches(copies, READS_AT_ONCE, async (copy) => {
    const end = at(ends, copy.remote, copy.partition);
    if (!open.includes(copy) || end === undefined) return copy;
    const position = await behindLast({ refuge, home }, copy, end);
    if (position === null || position <= copy.position) return copy;
    const because = `content: right behind the copy of the record before ${copy.ofRefuge!}`;
    return { ...copy, position, again: end.highWatermark - position, because };
  });
}

async function behindLast({ refuge, home }: Readers, copy: Copy, end: Ends): Promise<bigint | null> {
  const { topic, remote, partition } = copy;
  const to = copy.ofRefuge!;
  const before = await refuge.readLog(topic, partition, { offset: to > BACK ? to - BACK : 0n }, { to });
  const last = before.at(-1);
  if (last === undefined || last.appendTime === true) return null;
  // Copies keep the time of their record, so the first offset of that time is at or before the first copy.
  const from = await home.offsetAt(remote, partition, last.timestampMs);
  // At the log start the first copy may have been deleted, and one that was sent again not.
  const isCut = from !== null && from <= end.start && end.start > 0n;
  if (from === null || isCut || end.highWatermark - from > MOST_COPIES) return null;
  const window = await home.readLog(remote, partition, { offset: from }, { to: end.highWatermark });
  return behindFirstCopy(window.map(seen), seen(last).content);
}
