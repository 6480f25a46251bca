/** A good run in small: K1 is lost with a tail, its clients go to K2 and home again. Literal instants, easy to corrupt. */
import type { Adopted, Commit, Processed, Produced, RunRecord, SeenRouting } from '../../drill/checker/records.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };
export type MutableRun = Mutable<RunRecord>;

export const KILLED = 10_000;
export const RESTARTED = 40_000;

const seen = (
  revision: number,
  epoch: number,
  phase: SeenRouting['phase'],
  producers: string,
  consumers: string,
  read: string,
  atMs: number,
): SeenRouting => ({
  set: 'clients-k1',
  region: 'eu-west-1',
  epoch,
  revision,
  phase,
  producers: { cluster: producers, state: 'active' },
  consumers: { cluster: consumers, read },
  atMs,
});

const produced = (seq: number, cluster: string, offset: number, atMs: number, revision: number): Produced => ({
  producer: 'p1',
  set: 'clients-k1',
  seq,
  key: 'a',
  topic: 'orders',
  cluster,
  result: 'ok',
  partition: 0,
  offset: BigInt(offset),
  sentAtMs: atMs - 5,
  atMs,
  revision,
});

const processed = (
  seq: number,
  cluster: string,
  topic: string,
  offset: number,
  atMs: number,
  revision: number,
): Processed => ({
  group: 'billing',
  member: 'c1',
  set: 'clients-k1',
  cluster,
  topic,
  partition: 0,
  offset: BigInt(offset),
  producer: 'p1',
  seq,
  key: 'a',
  atMs,
  revision,
});

const adopted = (
  client: string,
  role: 'producer' | 'consumer',
  cluster: string,
  revision: number,
  atMs: number,
): Adopted => ({
  client,
  set: 'clients-k1',
  role,
  cluster,
  revision,
  atMs,
});

const commit = (cluster: string, topic: string, offset: bigint, atMs: number): Commit => ({
  cluster,
  group: 'billing',
  topic,
  partition: 0,
  offset,
  atMs,
});

/**
 * Records 0-3 are written at home; 0-2 are mirrored, 3 is the tail. c1 processed 0 at home (commit 1), goes on at the seed
 * 1 in K1.orders with 1 and 2, then 4 in `orders` at K2; after the return it processes the tail 3 and 5 at home.
 */
export function goodRun(): MutableRun {
  return {
    failed: 'K1',
    refuge: 'K2',
    movedSet: 'clients-k1',
    topics: ['orders'],
    remotePrefix: 'K1.',
    ordering: 'availability',
    trigger: 'automatic',
    groups: [{ id: 'billing', mode: 'shared', movedSet: 'clients-k1' }],
    produced: [
      produced(0, 'K1', 0, 7_000, 1),
      produced(1, 'K1', 1, 8_000, 1),
      produced(2, 'K1', 2, 9_000, 1),
      produced(3, 'K1', 3, 9_900, 1),
      produced(4, 'K2', 0, 20_000, 2),
      produced(5, 'K1', 4, 60_000, 5),
    ],
    processed: [
      processed(0, 'K1', 'orders', 0, 9_950, 1),
      processed(1, 'K2', 'K1.orders', 1, 21_000, 2),
      processed(2, 'K2', 'K1.orders', 2, 22_000, 2),
      processed(4, 'K2', 'orders', 0, 30_000, 3),
      processed(3, 'K1', 'orders', 3, 58_000, 5),
      processed(5, 'K1', 'orders', 4, 61_000, 5),
    ],
    adopted: [
      adopted('p1', 'producer', 'K1', 1, 1_000),
      adopted('c1', 'consumer', 'K1', 1, 1_000),
      adopted('p1', 'producer', 'K2', 2, 19_000),
      adopted('c1', 'consumer', 'K2', 2, 19_500),
      adopted('p1', 'producer', 'K2', 3, 29_000),
      adopted('c1', 'consumer', 'K2', 3, 29_000),
      adopted('p1', 'producer', 'K1', 5, 57_000),
      adopted('c1', 'consumer', 'K1', 5, 57_500),
    ],
    logs: [
      {
        cluster: 'K1',
        topic: 'orders',
        partition: 0,
        records: [0, 1, 2, 3, 5].map((seq, i) => ({ offset: BigInt(i), id: `p1#${seq}` })),
      },
      { cluster: 'K2', topic: 'orders', partition: 0, records: [{ offset: 0n, id: 'p1#4' }] },
      {
        cluster: 'K2',
        topic: 'K1.orders',
        partition: 0,
        records: [0, 1, 2, 3, 5].map((seq, i) => ({ offset: BigInt(i), id: `p1#${seq}` })),
      },
    ],
    commits: [
      commit('K1', 'orders', 1n, 9_960),
      commit('K2', 'K1.orders', 1n, 17_500),
      commit('K2', 'K1.orders', 3n, 22_100),
    ],
    seen: [
      seen(1, 0, 'home', 'K1', 'K1', 'local', 0),
      seen(2, 1, 'draining', 'K2', 'K2', 'remote', 18_000),
      seen(3, 1, 'refuge', 'K2', 'K2', 'local', 28_000),
      seen(4, 2, 'returning', 'K1', 'K2', 'local', 55_000),
      seen(5, 2, 'home', 'K1', 'K1', 'local', 56_000),
    ],
    stated: [
      {
        epoch: 1,
        group: 'billing',
        topic: 'orders',
        partition: 0,
        homeCommit: 1n,
        seed: 1n,
        remoteEnd: 3n,
        restore: 3n,
        drained: 3n,
      },
    ],
    decisions: [
      {
        set: 'clients-k1',
        epochSeen: 0,
        kind: 'claim',
        move: 'failover',
        trigger: 'automatic',
        requestedBy: 'assess',
        sentence: 'K1 is CONFIRMED_DOWN',
        atMs: 17_000,
      },
      {
        set: 'clients-k1',
        epochSeen: 2,
        kind: 'approved',
        move: 'failback',
        trigger: 'automatic',
        requestedBy: 'assess',
        sentence: 'K1 is back',
        atMs: 54_000,
      },
    ],
    inFlightPerMember: 0,
    marks: { startedMs: 0, endedMs: 70_000 },
    rounds: [{ fromMs: 0, killedMs: KILLED, restartedMs: RESTARTED, remoteEnds: new Map([['K1.orders-0', 3n]]) }],
  };
}

/**
 * The good run with a group that always reads both: one member on each side, which has read each record of its cluster's
 * logs a tenth of a second after it was there. The tail arrives at K2 after K1's return.
 */
export function withAlwaysBoth(): MutableRun {
  const run = goodRun();
  run.groups.push({ id: 'archive', mode: 'reads-remote', movedSet: 'clients-k1' });
  run.commits.push({ ...commit('K2', 'K1.orders', 1n, 9_000), group: 'archive' });
  const ofHome = { group: 'archive', member: 'w1', set: 'clients-k1' };
  const ofRefuge = { group: 'archive', member: 'w2', set: 'clients-k2' };
  const writtenMs = (seq: number) => run.produced.find((p) => p.seq === seq)!.atMs;
  for (const [i, seq] of [0, 1, 2, 3, 5].entries()) {
    run.processed.push({ ...processed(seq, 'K1', 'orders', i, writtenMs(seq) + 100, 1), ...ofHome });
    const copiedMs = seq === 3 ? 41_000 : writtenMs(seq) + 100;
    run.processed.push({ ...processed(seq, 'K2', 'K1.orders', i, copiedMs, 1), ...ofRefuge });
  }
  run.processed.push({ ...processed(4, 'K2', 'orders', 0, writtenMs(4) + 100, 1), ...ofRefuge });
  return run;
}

/** When the second round of `twoRounds` begins: everything in it happened 54 s after its likes in the first. */
export const SECOND = 60_500;

/**
 * The good run, and the same outage once more. Of 6-8, written at home in the second round, 8 is the tail; 9 is written at
 * K2 and 10 at home after the return. By then the log of K1.orders holds the tail of the first round too, at offset 3, and
 * the seed is behind it.
 */
export function twoRounds(): MutableRun {
  const run = goodRun();
  run.produced.push(
    produced(6, 'K1', 5, 61_000, 5),
    produced(7, 'K1', 6, 62_000, 5),
    produced(8, 'K1', 7, 63_900, 5),
    produced(9, 'K2', 1, 74_000, 6),
    produced(10, 'K1', 8, 114_000, 9),
  );
  run.processed.push(
    processed(6, 'K1', 'orders', 5, 63_950, 5),
    processed(7, 'K2', 'K1.orders', 6, 76_000, 6),
    processed(9, 'K2', 'orders', 1, 84_000, 7),
    processed(8, 'K1', 'orders', 7, 112_000, 9),
    processed(10, 'K1', 'orders', 8, 115_000, 9),
  );
  run.adopted.push(
    adopted('p1', 'producer', 'K2', 6, 73_000),
    adopted('c1', 'consumer', 'K2', 6, 73_500),
    adopted('p1', 'producer', 'K2', 7, 83_000),
    adopted('c1', 'consumer', 'K2', 7, 83_000),
    adopted('p1', 'producer', 'K1', 9, 111_000),
    adopted('c1', 'consumer', 'K1', 9, 111_500),
  );
  const atHome = [0, 1, 2, 3, 5, 6, 7, 8, 10].map((seq, i) => ({ offset: BigInt(i), id: `p1#${seq}` }));
  run.logs = [
    { cluster: 'K1', topic: 'orders', partition: 0, records: atHome },
    {
      cluster: 'K2',
      topic: 'orders',
      partition: 0,
      records: [4, 9].map((seq, i) => ({ offset: BigInt(i), id: `p1#${seq}` })),
    },
    { cluster: 'K2', topic: 'K1.orders', partition: 0, records: atHome },
  ];
  run.seen.push(
    seen(6, 3, 'draining', 'K2', 'K2', 'remote', 72_000),
    seen(7, 3, 'refuge', 'K2', 'K2', 'local', 82_000),
    seen(8, 4, 'returning', 'K1', 'K2', 'local', 109_000),
    seen(9, 4, 'home', 'K1', 'K1', 'local', 110_000),
  );
  run.stated.push({
    epoch: 3,
    group: 'billing',
    topic: 'orders',
    partition: 0,
    homeCommit: 6n,
    seed: 6n,
    remoteEnd: 7n,
    restore: 7n,
    drained: 7n,
  });
  run.decisions.push(
    { ...run.decisions[0]!, epochSeen: 2, atMs: 71_000 },
    { ...run.decisions[1]!, epochSeen: 4, atMs: 108_000 },
  );
  run.marks = { startedMs: 0, endedMs: 124_000 };
  run.rounds.push({
    fromMs: SECOND,
    killedMs: 64_000,
    restartedMs: 94_000,
    remoteEnds: new Map([['K1.orders-0', 7n]]),
  });
  return run;
}
