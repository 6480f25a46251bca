/** Ground truth: the real MirrorMaker 2 and this project translate the same positions; the records themselves judge. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { placedSet } from '../../core/config/pair.ts';
import { translateInverse } from '../../core/positions/inverse.ts';
import { flowNames, offsetSyncs } from '../../core/replication/names.ts';
import { decodeCheckpoint, decodeOffsetSync } from '../../core/replication/records.ts';
import { lookByContent } from '../../lambdas/gather/boundary.ts';
import { newestCopy } from '../../lambdas/gather/copies.ts';
import { lagOfFlow } from '../../lambdas/gather/inflow.ts';
import { probeReplication } from '../../lambdas/probe-replication/probe-replication.ts';
import { unreadableAt, unreadableSyncs } from '../../lambdas/probe-replication/unreadable.ts';
import { namingOf } from '../../lambdas/gather/syncs.ts';
import type { LogRecord } from '../../lambdas/ports.ts';
import { fakePorts } from '../support/fakes/ports.ts';
import { waitFor } from '../support/world/conditions.ts';
import { startWorld, type World } from '../support/world/world.ts';
import { readAgain, skipped, translate, truthOf, type Truth } from '../support/positions.ts';
import { worldPorts } from './support/positions.ts';
import { PATIENT } from './support/patience.ts';

const GROUPS = 60;
const PARTITIONS = 2;
const flow = { source: 'K1', target: 'K2' };
const namesOf = ({ config }: ReturnType<typeof worldPorts>) => flowNames(flow, namingOf(config));

describe.each([
  ['a plain flow, an underscore in all names', { separator: '_' }, {}],
  [
    'an exactly-once flow, its syncs at the source, an underscore in names but those of internal topics',
    { exactlyOnce: true, offsetSyncsLocation: 'source', separator: '_', internalSeparator: false },
    {
      'offset-syncs.topic.location': 'source',
      'replication.policy.internal.topic.separator.enabled': 'false',
    },
  ],
])('%s', (name, replication, settings) => {
  const { exactlyOnce = false, separator } = replication as { exactlyOnce?: boolean; separator: string };
  const topic = 'truth';
  let world: World;
  let ports: ReturnType<typeof worldPorts>;
  let truths: Truth[];
  let commits: { group: string; home: bigint[] }[];

  beforeAll(async () => {
    world = await startWorld({
      name: 'truth',
      emulator: false,
      endWithThisProcess: false,
      mirror: { exactlyOnce, separator, settings },
    });
    ports = worldPorts(world, replication);
    await world.k1.createTopics([{ topic, numPartitions: PARTITIONS }]);
    await firstSyncs(world, ports, topic);
    await produce(world, topic);
    const sources = await copied(ports, topic);
    truths = await Promise.all(sources.map((source, partition) => truthOf(ports, topic, partition, source)));
    commits = await commitGroups(ports, topic, sources);
  });
  afterAll(async () => {
    await ports.kafka.closeAll();
    await world.stop();
  });

  test('the newest copied heartbeat tells how the flow writes', async () => {
    const copies = await newestCopy(ports.kafka.reader('K2'), namesOf(ports).copiedHeartbeats);
    expect(copies).toBe(exactlyOnce ? 'transactional' : 'plain');
  });

  test('whatever MirrorMaker 2 writes can be read: nothing of it is passed by', async () => {
    const syncs = offsetSyncs(flow, ports.config.replication.offsetSyncsLocation, namingOf(ports.config));
    expect(await unreadableSyncs(ports.kafka.reader(syncs.cluster), syncs.topic)).toEqual([]);
    expect(await unreadableAt(ports.kafka.reader('K2'), namesOf(ports))).toEqual([]);
  });

  test('a source that ends with a transaction is caught up when no record waits, though by offsets one always does', async () => {
    const clientSet = { ...ports.config.clientSets['clients-k1']!, topics: [topic] };
    const config = { ...ports.config, clientSets: { 'clients-k1': clientSet } };
    const looking = fakePorts({ kafka: ports.kafka });
    const placed = placedSet(config, 'clients-k1')!;
    const nowMs = looking.clock.nowMs();
    const isCaughtUp = async () => {
      await probeReplication(looking, config, { region: 'eu-central-1' })();
      return (await lagOfFlow(looking, config, placed, nowMs, nowMs)).lag === 'zero' ? true : undefined;
    };
    await waitFor('the flow to have caught up', isCaughtUp, { ...PATIENT, everyMs: 500 });
    const seen = (await looking.observations.flowsSince('K1', 'K2', nowMs)).at(-1)!;
    for (const [partition, { highWatermark }] of Object.entries(seen.sourceEnds![topic]!))
      expect(BigInt(highWatermark)).toBeGreaterThan(BigInt(seen.replicatedOffsets![topic]![partition]!) + 1n);
  });

  test('our position is never ahead of the truth, never further back than said, and nearer than the checkpoints on the average', async () => {
    const checkpoints = await checkpointsOf(ports, topic, commits);
    const questions = commits.flatMap(({ group, home }) =>
      home.map((at, partition) => ({ group, partition, home: at })),
    );
    const answers = await translate(ports, topic, questions);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (const [i, { group, partition, home }] of questions.entries()) {
      const { answer } = answers[i]!;
      if (answer.kind === 'unknown') throw new Error(`${group}-${partition} at ${home}: ${answer.reason}`);
      const truth = truths[partition]!;
      const again = readAgain(truth, home, answer.position);
      expect({ group, home, skipped: skipped(truth, home, answer.position) }).toEqual({ group, home, skipped: 0 });
      expect(BigInt(again)).toBeLessThanOrEqual(answer.rereadAtMost as bigint);
      ours.push(again);
      theirs.push(readAgain(truth, home, checkpoints.get(`${group}-${partition}`)!));
    }
    const [mine, java] = [mean(ours), mean(theirs)];
    process.stdout.write(
      `${name}, ${questions.length} positions: read again on the average ${mine.toFixed(1)} records, by MirrorMaker 2's checkpoints ${java.toFixed(1)}\n`,
    );
    expect(mine).toBeLessThan(java);
  });

  test('the way home by content: right behind the last record that was processed, wherever the group stands', async () => {
    const remote = namesOf(ports).remoteTopic(topic);
    const logs = { home: ports.kafka.reader('K1'), refuge: ports.kafka.reader('K2') };
    const homeEnds = (await logs.home.ends([topic])).get(topic)!;
    const again = { content: 0, syncs: 0, asked: 0 };
    for (const [partition, { copies }] of truths.entries()) {
      const { map } = (await translate(ports, topic, [{ partition, home: copies[0]!.upstream + 1n }]))[0]!;
      for (let i = 1; i <= 10; i += 1) {
        const at = copies[Math.floor((copies.length / 11) * i)]!;
        const stay = { homeCommit: copies[0]!.upstream, seed: copies[0]!.downstream, drained: at.downstream + 1n };
        const question = { topic, remote, partition, ends: homeEnds.get(partition)! };
        const sought = { drained: stay.drained, atSeed: [] };
        const { last } = (await lookByContent(logs, [{ ...question, sought }], 60_000))(question)!;
        expect(last).toEqual({ kind: 'exact', point: at });
        const found = { atSeed: [], last: at };
        const [bySyncs, answer] = [translateInverse(map, stay), translateInverse(map, { ...stay, found })];
        expect(answer).toMatchObject({ kind: 'exact', position: at.upstream + 1n });
        expect(bySyncs.position).toBeLessThanOrEqual(answer.position);
        const repeats = (from: bigint) =>
          copies.filter(({ upstream, downstream }) => upstream >= from && downstream < stay.drained).length;
        again.content += repeats(answer.position);
        again.syncs += repeats(bySyncs.position);
        again.asked += 1;
      }
    }
    process.stdout.write(
      `${name}, ${again.asked} ways home: processed again ${again.content} records by content, ${again.syncs} by offset syncs alone\n`,
    );
    expect(again.content).toBe(0);
    expect(again.syncs).toBeGreaterThan(0);
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * A record in each partition, and its sync. A sync that waits to be sent is replaced by the next one of its partition:
 * where the first is lost so, MirrorMaker 2 has no checkpoint for any group between it and the next.
 */
async function firstSyncs(world: World, ports: ReturnType<typeof worldPorts>, topic: string): Promise<void> {
  const { kafka, config } = ports;
  const producer = world.k1.kafka('truth').producer();
  await producer.connect();
  const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({
    value: `first of ${partition}`,
    partition,
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
  const syncs = offsetSyncs(flow, config.replication.offsetSyncsLocation, namingOf(config));
  const all = async () => {
    const decoded = (await kafka.reader(syncs.cluster).readCompacted(syncs.topic)).map(({ key, value }) =>
      decodeOffsetSync(key, value),
    );
    const found = decoded.filter((sync) => sync.kind === 'record' && sync.value.topic === topic);
    return found.length === PARTITIONS ? true : undefined;
  };
  await waitFor(`a sync for each partition of ${topic}`, all, { ...PATIENT, everyMs: 200 });
}

/** Plain records, and transactions at the source, committed and aborted, which leave gaps. */
async function produce(world: World, topic: string): Promise<void> {
  const kafka = world.k1.kafka('truth');
  const plain = kafka.producer();
  const inTransaction = kafka.producer({ transactionalId: 'truth', maxInFlightRequests: 1, idempotent: true });
  await Promise.all([plain.connect(), inTransaction.connect()]);
  let serial = 0;
  const messages = (count: number) =>
    Array.from({ length: count }, () => ({ value: `record ${(serial += 1)}`, partition: serial % PARTITIONS }));
  for (let round = 0; round < 20; round += 1) {
    await plain.send({ topic, messages: messages(700) });
    const transaction = await inTransaction.transaction();
    await transaction.send({ topic, messages: messages(15) });
    await (round % 4 === 3 ? transaction.abort() : transaction.commit());
  }
  await Promise.all([plain.disconnect(), inTransaction.disconnect()]);
}

/** The source's records, once all that the flow copies are there: committed ones, or all of them. */
async function copied(ports: ReturnType<typeof worldPorts>, topic: string): Promise<readonly (readonly LogRecord[])[]> {
  const { kafka, config } = ports;
  const { exactlyOnce } = config.replication;
  const remote = namesOf(ports).remoteTopic(topic);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const sources = await Promise.all(
    partitions.map((partition) =>
      kafka.reader('K1').readLog(topic, partition, 'start', { committedOnly: exactlyOnce }),
    ),
  );
  for (const partition of partitions)
    await waitFor(
      `copies of ${topic}-${partition}`,
      async () => {
        const limit = { limit: 100_000, committedOnly: true };
        const ends = (await kafka.reader('K2').ends([remote])).get(remote)?.get(partition);
        if (ends === undefined) return undefined;
        const count = await kafka.reader('K2').countData(remote, partition, 0n, ends.highWatermark, limit);
        return count >= sources[partition]!.length ? true : undefined;
      },
      { ...PATIENT, everyMs: 200 },
    );
  return sources;
}

/** Groups all over the log, more of them near its end, as groups are. */
async function commitGroups(
  { kafka }: ReturnType<typeof worldPorts>,
  topic: string,
  sources: readonly (readonly LogRecord[])[],
) {
  const groups = Array.from({ length: GROUPS }, (_, i) => ({
    group: `truth-${i}`,
    home: sources.map((source, partition) => {
      const behind = Math.floor(((i * 7 + partition * 3) % GROUPS) ** 2 * (source.length / GROUPS ** 2));
      return source.at(-1 - behind)!.offset + BigInt(i % 2);
    }),
  }));
  // kafkajs's own call joins each group for seconds.
  const committer = await kafka.openCommitter('K1', 'truth-groups');
  for (const { group, home } of groups)
    await committer.commit(
      group,
      home.map((offset, partition) => ({ topic, partition, offset })),
    );
  await committer.close();
  return groups;
}

/** What MirrorMaker 2 answers for exactly these commits, once it has for all of them. */
const checkpointsOf = (
  ports: ReturnType<typeof worldPorts>,
  topic: string,
  commits: readonly { readonly group: string; readonly home: readonly bigint[] }[],
): Promise<ReadonlyMap<string, bigint>> =>
  waitFor(
    'a checkpoint for every position',
    async () => {
      const found = new Map<string, bigint>();
      for (const { key, value } of await ports.kafka.reader('K2').readCompacted(namesOf(ports).checkpoints)) {
        const decoded = decodeCheckpoint(key, value);
        if (decoded.kind !== 'record' || decoded.value.topic !== namesOf(ports).remoteTopic(topic)) continue;
        const { group, partition, upstream, downstream } = decoded.value;
        if (commits.find((one) => one.group === group)?.home[partition] === upstream)
          found.set(`${group}-${partition}`, downstream);
      }
      const missing = commits.flatMap(({ group, home }) =>
        home.flatMap((at, partition) => (found.has(`${group}-${partition}`) ? [] : [`${group}-${partition} at ${at}`])),
      );
      if (missing.length > 0) throw new Error(`${missing.length} missing: ${missing.slice(0, 5).join(', ')}`);
      return found;
    },
    { ...PATIENT, everyMs: 500 },
  );
