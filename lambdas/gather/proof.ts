/** Asks the remote log itself where offset syncs are missing or not trusted: see core/positions/content.ts. */
import { judgeCopies, type CopyVerdict, type SeenCopy } from '../../core/positions/content.ts';
import { provenFrom, syncsToProve } from '../../core/positions/proof.ts';
import type { SyncMap, SyncPoint } from '../../core/positions/sync-map.ts';
import type { ClusterReader, Ends, LogRecord } from '../ports.ts';
import { contentOf, uncompacted } from './content.ts';
import { at, mapInBatches, READS_AT_ONCE } from './partitions.ts';
import type { SyncMaps, SyncQuestion } from './syncs.ts';

/** A question whose copies can be looked at. */
export type CopiedQuestion = SyncQuestion & { readonly remote: string };

/** Syncs once proven, by remote partition. A proof stays: later copies only add to what it found. */
export type ProofMemory = Map<string, SyncPoint>;

/** Most records that are read for one proof: a re-send is what was copied between two flushes. */
export const MOST_COPIES = 20_000n;

interface Place {
  readonly reader: ClusterReader;
  readonly remote: string;
  readonly partition: number;
  readonly ends: Ends;
}

/**
 * Maps in which everything that can be proven is. What cannot be read is not proven; nothing is thrown for it.
 * @param reader of the cluster that holds the remote topics
 */
export async function proveMaps(
  reader: ClusterReader,
  maps: SyncMaps,
  questions: readonly CopiedQuestion[],
  memory: ProofMemory = new Map(),
): Promise<SyncMaps> {
  const proven = new Map<string, SyncMap>();
  const open = questions.filter((question) => {
    const known = memory.get(keyOf(question));
    const map = maps.of(question.topic, question.partition);
    const better = known && provenFrom(map, known, question.home);
    if (better !== undefined) proven.set(homeKeyOf(question), better);
    return better === undefined && syncsToProve(map, question.home).length > 0;
  });
  const comparable = await comparableTopics(reader, open);
  const ends = comparable.size === 0 ? new Map() : await orNothing(() => reader.ends([...comparable]), new Map());
  await mapInBatches(open, READS_AT_ONCE, async (question) => {
    const found = at<Ends>(ends, question.remote, question.partition);
    if (found === undefined) return;
    const map = maps.of(question.topic, question.partition);
    const place = { reader, remote: question.remote, partition: question.partition, ends: found };
    for (const sync of syncsToProve(map, question.home)) {
      const better = (await isProven(place, sync)) ? provenFrom(map, sync, question.home) : undefined;
      if (better === undefined) continue;
      memory.set(keyOf(question), sync);
      proven.set(homeKeyOf(question), better);
      return;
    }
  });
  return {
    ...maps,
    of: (topic, partition, home) => proven.get(`${topic}-${partition} ${home}`) ?? maps.of(topic, partition),
  };
}

const keyOf = ({ remote, partition }: CopiedQuestion): string => `${remote}-${partition}`;
const homeKeyOf = ({ topic, partition, home }: CopiedQuestion): string => `${topic}-${partition} ${home}`;

/** Compaction takes copies away and leaves others of the same re-send: such a log proves nothing. */
export async function comparableTopics(
  reader: ClusterReader,
  questions: readonly Pick<CopiedQuestion, 'remote'>[],
): Promise<ReadonlySet<string>> {
  if (questions.length === 0) return new Set();
  const remotes = questions.map(({ remote }) => remote);
  return orNothing(() => uncompacted(reader, remotes), new Set<string>());
}

async function isProven(place: Place, sync: SyncPoint): Promise<boolean> {
  const { ends } = place;
  // Nothing before it is left: nobody can skip what is gone.
  if (sync.downstream <= ends.start) return true;
  const verdict = await orNothing(() => lookAround(place, sync), { kind: 'gone' } as const);
  return verdict.kind === 'first' || verdict.kind === 'resent';
}

/**
 * Copies keep the time of their record, so the first offset of that time is at or before the first copy. For what lies
 * between the first copy and the sync the same is asked once more, with the oldest time in it.
 */
async function lookAround({ reader, remote, partition, ends }: Place, sync: SyncPoint): Promise<CopyVerdict> {
  const gone = { kind: 'gone' } as const;
  const read = (from: bigint, to: bigint) => reader.readLog(remote, partition, { offset: from }, { to });
  const since = async (atMs: number) => {
    const from = await reader.offsetAt(remote, partition, atMs);
    // At the log start the first copy may have been deleted, and others of the same re-send not.
    return from === null || (from <= ends.start && ends.start > 0n) || sync.downstream - from > MOST_COPIES
      ? null
      : from;
  };
  const [own] = await read(sync.downstream, sync.downstream + 1n);
  if (own === undefined || own.appendTime === true) return gone;
  const from = await since(own.timestampMs);
  if (from === null) return gone;
  if (from >= sync.downstream) return { kind: 'first' };
  const before = await read(from, sync.downstream + 1n);
  const verdict = judgeCopies(before.map(seen), sync.downstream);
  if (verdict.kind !== 'cut' && verdict.kind !== 'resent') return verdict;
  const oldest = Math.min(
    ...before.filter(({ offset }) => offset >= verdict.since).map(({ timestampMs }) => timestampMs),
  );
  const wider = await since(oldest);
  if (wider === null) return gone;
  const room = (sync.downstream - verdict.since) * 2n + 1_000n;
  const window = await read(wider < from ? wider : from, sync.downstream + room);
  return judgeCopies(window.map(seen), sync.downstream);
}

export const seen = (record: LogRecord): SeenCopy => ({ downstream: record.offset, content: contentOf(record) });

async function orNothing<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch {
    return otherwise;
  }
}
