/** Reads both logs where a restore wants to know which record of home a copy is of: see core/positions/boundary.ts. */
import {
  COPIES_TO_MATCH,
  judgeBoundary,
  notFound,
  type BoundaryVerdict,
  type NotFound,
  type SeenSource,
  type Sought,
} from '../../core/positions/boundary.ts';
import type { RestoreContent } from '../../core/positions/restore.ts';
import type { ClusterReader, Ends, LogRecord } from '../ports.ts';
import { bytesOf, contentOf, uncompacted } from './content.ts';
import { inTime } from './in-time.ts';
import { mapInBatches } from './partitions.ts';

export interface BoundaryQuestion {
  readonly topic: string;
  readonly remote: string;
  readonly partition: number;
  readonly sought: Sought;
  /** Of the partition at home. */
  readonly ends: Ends;
}

export interface BothLogs {
  readonly home: ClusterReader;
  readonly refuge: ClusterReader;
}

export type ContentLook = (question: Pick<BoundaryQuestion, 'topic' | 'partition'>) => RestoreContent | undefined;

/** Most records of home that are read for one boundary; what is there since the failover is the tail, as a rule. */
const MOST_RECORDS = 20_000;
const MOST_BYTES = 32 * 1024 * 1024;
/** Held at once, as far as the records met so far tell. */
const STEP_BYTES = 4 * 1024 * 1024;
/** Offsets: of the first one, and of any. */
const FIRST_STEP = 16;
const LONGEST_STEP = 2_000;
/** Each partition holds one step and one fetch of each log at a time. */
const PARTITIONS_AT_ONCE = 4;
/** How far before a boundary its copies are looked for, growing where only markers are found. */
const LOOK_BACK = [16n, 256n] as const;

/**
 * Never throws: what could not be read in time is not found, with the reason.
 * @param limitMs for all questions together
 */
export async function lookByContent(
  logs: BothLogs,
  questions: readonly BoundaryQuestion[],
  limitMs: number,
): Promise<ContentLook> {
  const seen = new Map<string, RestoreContent>(
    questions.map((question) => [keyOf(question), { last: notFound('OUT_OF_TIME'), atSeed: [] }]),
  );
  const isOver = questions.length === 0 || limitMs <= 0;
  const looking = inTime(limitMs, async (goOn) => {
    if (isOver) return;
    const areWhole = await wholeTopics(logs, questions);
    await mapInBatches(questions, PARTITIONS_AT_ONCE, async (question) => {
      goOn();
      seen.set(keyOf(question), await lookAt({ ...logs, question, areWhole, goOn }));
    });
  });
  await looking.catch(() => undefined);
  return (question) => seen.get(keyOf(question));
}

const keyOf = ({ topic, partition }: Pick<BoundaryQuestion, 'topic' | 'partition'>): string => `${topic}-${partition}`;

/** What compaction has been at shows nothing in a row; undefined = that could not be read. */
async function wholeTopics(
  { home, refuge }: BothLogs,
  questions: readonly BoundaryQuestion[],
): Promise<((question: BoundaryQuestion) => boolean) | undefined> {
  const atHome = questions.map(({ topic }) => topic);
  const atRefuge = questions.map(({ remote }) => remote);
  try {
    const [wholeAtHome, wholeAtRefuge] = [await uncompacted(home, atHome), await uncompacted(refuge, atRefuge)];
    return ({ topic, remote }) => wholeAtHome.has(topic) && wholeAtRefuge.has(remote);
  } catch {
    return undefined;
  }
}

interface Look extends BothLogs {
  readonly question: BoundaryQuestion;
  readonly areWhole: ((question: BoundaryQuestion) => boolean) | undefined;
  readonly goOn: () => void;
}

async function lookAt(look: Look): Promise<RestoreContent> {
  const { sought } = look.question;
  const atSeed: BoundaryVerdict[] = [];
  // Without the end of the stay its beginning is of no use.
  const last = await boundaryBefore(look, sought.drained);
  if (last.kind === 'exact') for (const seed of sought.atSeed) atSeed.push(await boundaryBefore(look, seed));
  return { last, atSeed };
}

async function boundaryBefore(look: Look, before: bigint): Promise<BoundaryVerdict> {
  const { question, areWhole, goOn } = look;
  if (areWhole === undefined) return notFound('UNREADABLE');
  if (!areWhole(question)) return notFound('COMPACTED');
  try {
    goOn();
    const copies = await copiesBefore(look, before);
    if (typeof copies === 'string') return notFound(copies);
    const oldestMs = Math.min(...copies.map(({ timestampMs }) => timestampMs));
    const from = await look.home.offsetAt(question.topic, question.partition, oldestMs);
    if (from === null) return notFound('NO_MATCH');
    // Older records are gone, and the copies' own may be among them: an equal one may be another.
    if (from <= question.ends.start && from > 0n) return notFound('DELETED');
    const seen = copies.map((copy) => ({ downstream: copy.offset, content: contentOf(copy) }));
    const source = await sourceFrom(look, from, new Set(seen.map(({ content }) => content)));
    if (source === 'BEYOND_WINDOW') return notFound(source);
    return judgeBoundary(seen, source);
  } catch {
    return notFound('UNREADABLE');
  }
}

async function copiesBefore({ refuge, question }: Look, before: bigint): Promise<readonly LogRecord[] | NotFound> {
  const { remote, partition } = question;
  for (const back of LOOK_BACK) {
    const from = before > back ? before - back : 0n;
    const { all, committed } = await readBothWays(refuge, { topic: remote, partition, from, to: before });
    if (committed.at(-1)?.offset !== all.at(-1)?.offset) return 'ABORTED_COPIES';
    const last = committed.slice(-COPIES_TO_MATCH);
    if (last.some(({ appendTime }) => appendTime === true)) return 'BROKER_TIMES';
    if (last.length === COPIES_TO_MATCH) return last;
  }
  return 'TOO_FEW_COPIES';
}

interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** Exclusive. */
  readonly to: bigint;
}

/** Whatever is there, and what consumers of committed records see of it; read twice only where there are transactions. */
async function readBothWays(reader: ClusterReader, { topic, partition, from, to }: Stretch) {
  const read = (committedOnly: boolean) => reader.readLog(topic, partition, { offset: from }, { to, committedOnly });
  const all = await read(false);
  return { all, committed: all.some(({ transactional }) => transactional === true) ? await read(true) : all };
}

/** To the log's end, where an equal record may lie. In steps that fit into a small function; of other records only the place is kept. */
async function sourceFrom(
  { home, question, goOn }: Look,
  from: bigint,
  wanted: ReadonlySet<string>,
): Promise<readonly SeenSource[] | 'BEYOND_WINDOW'> {
  const { topic, partition, ends } = question;
  const source: SeenSource[] = [];
  let bytes = 0;
  let step = FIRST_STEP;
  let next = from;
  while (next < ends.highWatermark && source.length < MOST_RECORDS && bytes < MOST_BYTES) {
    goOn();
    const to = next + BigInt(Math.min(step, MOST_RECORDS - source.length));
    const { all, committed } = await readBothWays(home, { topic, partition, from: next, to });
    const visible = new Set(committed.map(({ offset }) => offset));
    for (const record of all) {
      bytes += bytesOf(record);
      const isCommitted = visible.has(record.offset);
      const content = contentOf(record);
      source.push({ upstream: record.offset, content: wanted.has(content) ? content : '', isCommitted });
    }
    next = to;
    step = stepFor(bytes / Math.max(1, source.length));
  }
  return next < ends.highWatermark ? 'BEYOND_WINDOW' : source;
}

const stepFor = (recordBytes: number): number =>
  Math.min(LONGEST_STEP, Math.max(1, Math.floor(STEP_BYTES / Math.max(1, recordBytes))));
