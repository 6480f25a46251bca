export type Alias = 'K1' | 'K2';

export interface WorkloadClient {
  readonly id: string;
  /** Of a consumer. */
  readonly group?: string;
  /** A producer that sends each batch in a transaction of its own. */
  readonly transactional?: boolean;
  /** Of a transactional producer: between its batches it writes records and takes them back. Nobody may ever process those. */
  readonly aborting?: boolean;
  /** Of a producer: number of the first record of this life, behind all of an earlier one; 0 unless told. */
  readonly firstSeq?: number;
}

/** What a workload process is told: one process per client set and role. */
export interface WorkloadSpec {
  readonly role: 'producers' | 'consumers';
  readonly pair: string;
  readonly set: string;
  /** Every region the routing is published to, the client's own first. */
  readonly regions: readonly [string, ...string[]];
  readonly topics: readonly string[];
  readonly clients: readonly WorkloadClient[];
  /** Records per second of each producer. */
  readonly rate: number;
  /** Milliseconds a slow consumer spends on a record. */
  readonly slowMs: number;
  /** What clients did, one JSON object a line. */
  readonly events: string;
  /** Read again and again: how fast consumers work, whether producers produce. */
  readonly control: string;
  /** Plain kafkajs clients that a person moves, instead of the library's: the naive comparison. */
  readonly naive: boolean;
  /** They obey for ever the routing value that they met when their process started. */
  readonly deaf: boolean;
  readonly home: Alias;
  /** Bootstrap servers. Only naive clients read them; the others know a cluster from their routing alone. */
  readonly clusters: Readonly<Record<Alias, readonly string[]>>;
}

export interface WorkloadControl {
  readonly producing: boolean;
  readonly speed: 'slow' | 'fast';
  /** Each producer sends this many records at once when the number changes. */
  readonly burst: number;
  /** Where a person has put the set's naive clients. Absent where clients follow the routing. */
  readonly place?: Place;
}

/** The configuration of naive clients. Producers follow it at once, consumers read it when their process starts. */
export interface Place {
  /** Number of the change, 1 at the beginning. */
  readonly revision: number;
  readonly producers: Alias;
  readonly consumers: { readonly cluster: Alias; readonly read: 'local' | 'remote' };
}

/** A line of the events file. Offsets are decimal strings. */
export type WorkloadEvent =
  | {
      readonly at: 'produced';
      readonly producer: string;
      readonly seq: number;
      readonly key: string;
      readonly topic: string;
      readonly cluster: string;
      /** `aborted`: written to be taken back; told before it is sent, and never committed, whatever happens. */
      readonly result: 'ok' | 'failed' | 'unknown' | 'aborted';
      readonly partition?: number;
      readonly offset?: string;
      readonly sentAtMs: number;
      readonly atMs: number;
      readonly revision: number;
    }
  | {
      readonly at: 'processed';
      readonly group: string;
      readonly member: string;
      readonly cluster: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: string;
      readonly producer: string;
      readonly seq: number;
      readonly key: string;
      readonly atMs: number;
      readonly revision: number;
    }
  | {
      readonly at: 'adopted';
      readonly client: string;
      readonly role: 'producer' | 'consumer';
      readonly revision: number;
      readonly atMs: number;
    }
  | { readonly at: 'note'; readonly client: string; readonly text: string; readonly atMs: number };
