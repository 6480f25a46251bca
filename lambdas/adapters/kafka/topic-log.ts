/** One topic's log as it stands when it is opened: its partitions and their ends are read once, then records in between. */
import type { ClusterReader, Ends, LogRecord } from '../../ports.ts';
import type { Deadline } from './deadline.ts';
import { NoSuchPartition } from './errors.ts';
import type { Link } from './internals.ts';
import { endsOf, listOffsets } from './offsets.ts';
import { scan, UNCOMMITTED, type Scan } from './scan.ts';
import type { Wire } from './wire.ts';

export type LogStart = Parameters<ClusterReader['readLog']>[2];

/** How far from the end to look for a data record, growing where only markers or compaction gaps are found. */
const LOOK_BACK = [1n, 16n, 256n, 4096n, 65_536n] as const;

interface Place {
  readonly cluster: string;
  readonly wire: Wire;
  readonly topic: string;
  readonly deadline: Deadline;
}

interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

export class TopicLog {
  readonly #place: Place;
  readonly #ends: ReadonlyMap<number, Ends>;

  private constructor(place: Place, ends: ReadonlyMap<number, Ends>) {
    this.#place = place;
    this.#ends = ends;
  }

  /** A topic that does not exist has no partitions. */
  static async open(place: Place): Promise<TopicLog> {
    const { wire, topic, deadline } = place;
    const ends = await wire.attempt(`ends of ${topic}`, deadline, () => endsOf(wire, [topic]));
    return new TopicLog(place, ends.get(topic) ?? new Map());
  }

  get partitions(): readonly number[] {
    return [...this.#ends.keys()].sort((a, b) => a - b);
  }

  async records(
    partition: number,
    start: LogStart,
    { committedOnly = false, to }: { readonly committedOnly?: boolean; readonly to?: bigint } = {},
  ): Promise<readonly LogRecord[]> {
    const ends = this.#endsOf(partition);
    const from = await this.#startOffset(partition, start);
    const records: LogRecord[] = [];
    if (from === null) return records;
    const range = { from: max(from, ends.start), to: min(to ?? ends.highWatermark, ends.highWatermark) };
    for await (const batch of this.#scan(partition, range, committedOnly)) {
      for (const record of batch.records())
        if (record.offset >= range.from && record.offset < range.to) records.push(record);
    }
    return records;
  }

  /** Batches that lie wholly inside the range are counted by their header. @throws NoSuchPartition */
  async count(
    partition: number,
    wanted: Range,
    { limit, committedOnly }: { readonly limit: number; readonly committedOnly: boolean },
  ): Promise<number> {
    const ends = this.#endsOf(partition);
    const range = {
      from: max(wanted.from, ends.start),
      to: min(wanted.to, ends.highWatermark),
    };
    let count = 0;
    for await (const batch of this.#scan(partition, range, committedOnly)) {
      const inside = batch.baseOffset >= range.from && batch.lastOffset < range.to;
      count += inside
        ? batch.count
        : batch.records().filter(({ offset }) => offset >= range.from && offset < range.to).length;
      if (count >= limit) return limit;
    }
    return count;
  }

  /** From the ends backwards, by batch headers only; the newest of all partitions. */
  async newestMs(): Promise<number | null> {
    const times = await Promise.all(this.partitions.map((partition) => this.#newestOf(partition)));
    return times.reduce((newest, time) => (newest === null || (time !== null && time > newest) ? time : newest), null);
  }

  async #newestOf(partition: number): Promise<number | null> {
    const { start, highWatermark } = this.#endsOf(partition);
    let to = highWatermark;
    for (const back of [...LOOK_BACK, highWatermark]) {
      if (to <= start) return null;
      const from = max(highWatermark - back, start);
      let newest: number | null = null;
      for await (const batch of this.#scan(partition, { from, to }, false))
        if (batch.count > 0) newest = batch.maxTimestampMs;
      if (newest !== null) return newest;
      to = from;
    }
    return null;
  }

  /** null = nothing is that young. */
  async offsetAt(partition: number, timestampMs: number): Promise<bigint | null> {
    const { topic } = this.#place;
    const offsets = await this.#onLeader(partition, (link) =>
      listOffsets(link, [{ topic, partitions: [partition] }], timestampMs, UNCOMMITTED),
    );
    const offset = offsets.get(topic, partition) ?? -1n;
    return offset < 0n ? null : offset;
  }

  async #startOffset(partition: number, start: LogStart): Promise<bigint | null> {
    if (start === 'start') return 0n;
    return 'offset' in start ? start.offset : this.offsetAt(partition, start.timestampMs);
  }

  #scan(partition: number, range: Range, committedOnly: boolean) {
    const onLeader: Scan['onLeader'] = (work) => this.#onLeader(partition, work);
    return scan({ ...this.#place, ...range, partition, committedOnly, onLeader });
  }

  #onLeader<T>(partition: number, work: (link: Link) => Promise<T>): Promise<T> {
    const { wire, topic, deadline } = this.#place;
    return wire.attempt(`reading ${topic}-${partition}`, deadline, async () =>
      work(await wire.leader(topic, partition)),
    );
  }

  #endsOf(partition: number): Ends {
    const ends = this.#ends.get(partition);
    if (ends === undefined) throw new NoSuchPartition(this.#place.cluster, this.#place.topic, partition);
    return ends;
  }
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
