/** Groups of the newer consumer protocol (KIP-848) as a real broker shows them: members, who owns what, classic members among them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GroupView } from '../../core/contracts/observations.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { encodeOffsetSync } from '../../core/replication/records.ts';
import { kafkaPorts, type KafkaPorts } from '../../lambdas/adapters/kafka/index.ts';
import { pinPositions } from '../../lambdas/pin-positions/pin-positions.ts';
import { seedPositions } from '../../lambdas/seed-positions/seed-positions.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { claimedState, K2_REGION, pairConfig, stateOf, stepInput } from '../support/builders/pair.ts';
import { SET } from '../support/builders/positions.ts';
import { fakePorts, type FakePorts } from '../support/fakes/ports.ts';
import { waitFor } from '../support/world/conditions.ts';
import { commitStart, createTopic, fill, startTwoClusters, type TwoClusters } from './support/client-world.ts';
import { compileSamples, javaFollower, type JavaFollower } from './support/java-follower.ts';
import { noSecrets, silentLog } from './support/kafka.ts';
import { PATIENT } from './support/patience.ts';

let world: TwoClusters;
let classes: string;
let config: PairConfig;
let kafka: KafkaPorts;

beforeAll(async () => {
  world = await startTwoClusters('newer-groups');
  classes = await compileSamples(world);
  config = configWith();
  kafka = kafkaPorts(config, noSecrets, silentLog);
});

afterAll(async () => {
  await kafka.closeAll();
  await world.stop();
});

interface Work {
  readonly protocol?: 'consumer' | 'classic';
  readonly read?: 'local' | 'remote';
  /** "g-" and the topic unless told. */
  readonly group?: string;
  /** More lines of the consumer's settings. */
  readonly more?: string;
}

/** Consumers at the refuge: of the remote topic, of the local one, none any more, and never any. */
const GROUPS = ['g-remote', 'g-local', 'g-left', 'g-never'] as const;

function configWith(): PairConfig {
  const pair = pairConfig({ topics: ['seeded'], groups: GROUPS.map((id) => ({ id })) });
  const reach = (alias: 'K1' | 'K2', { bootstrapServers }: TwoClusters['k1']) => ({
    ...pair.clusters[alias]!,
    bootstrapServers: [...bootstrapServers],
  });
  return { ...pair, clusters: { K1: reach('K1', world.k1), K2: reach('K2', world.k2) } };
}

/** A consumer at K2. */
function reader(topic: string, client: string, work: Work = {}): JavaFollower {
  const { protocol = 'consumer', read = 'local', group = `g-${topic}`, more = '' } = work;
  const value = clientRouting({
    ...at('K2', world.k2.bootstrapServers, read),
    phase: read === 'remote' ? 'draining' : 'refuge',
    topics: [topic],
  });
  const settings = { auth: value.consumers.auth, text: `group.protocol=${protocol}\n${more}` };
  const follower = javaFollower({ world, classes, topic, group, client, settings });
  follower.publish(value);
  return follower;
}

async function topicWith(topic: string, partitions: readonly number[]): Promise<void> {
  await createTopic(world.k2, topic, partitions.length);
  await commitStart(world.k2, `g-${topic}`, topic, partitions);
  for (const partition of partitions) await fill(world.k2, topic, partition, [`of ${partition}`]);
}

const view = async (group: string): Promise<GroupView> => (await kafka.reader('K2').groups([group])).get(group)!;
/** The members are there, and partitions no longer change hands. */
const stable = (group: string, members: number): Promise<GroupView> =>
  waitFor(
    `${members} members of ${group} are seen`,
    async () => {
      const seen = await view(group);
      return seen.activity === 'active' && seen.members.length === members ? seen : undefined;
    },
    PATIENT,
  );
const partitionsOf = ({ members }: GroupView, topic: string): readonly number[] =>
  members.flatMap(({ assigned }) => assigned[topic] ?? []).toSorted();

test('its member and what it owns are seen', async () => {
  await topicWith('newer', [0, 1]);
  const process = reader('newer', 'java-1', { more: 'group.instance.id=static-1\n' }).start();
  expect(await stable('g-newer', 1)).toEqual({
    activity: 'active',
    protocol: 'newer',
    members: [
      {
        memberId: expect.any(String),
        clientId: 'clients-k1.java-1',
        host: '/127.0.0.1',
        instanceId: 'static-1',
        subscribed: ['newer'],
        assigned: { newer: [0, 1] },
      },
    ],
  });
  await process.stop(10_000);
});

test('a classic member among them is seen as well, each partition has one owner, and nobody is left when both have gone', async () => {
  await topicWith('mixed', [0, 1]);
  const newer = reader('mixed', 'java-newer');
  const first = newer.start();
  await stable('g-mixed', 1);
  const second = reader('mixed', 'java-classic', { protocol: 'classic' }).start();
  const seen = await stable('g-mixed', 2);
  expect(seen.protocol).toBe('newer');
  expect(seen.members.map(({ clientId, host }) => [clientId, host]).toSorted()).toEqual([
    ['clients-k1.java-classic', '/127.0.0.1'],
    ['clients-k1.java-newer', '/127.0.0.1'],
  ]);
  expect(seen.members.map(({ assigned }) => assigned['mixed']?.length)).toEqual([1, 1]);
  expect(partitionsOf(seen, 'mixed')).toEqual([0, 1]);
  await Promise.all([first.stop(10_000), second.stop(10_000)]);
  await waitFor(
    'the group is empty',
    async () => ((await view('g-mixed')).activity === 'empty' ? true : undefined),
    PATIENT,
  );
  expect(await view('g-mixed')).toEqual({ activity: 'empty', members: [] });
});

/** What a flow of 12 records leaves at K2: the copies, and syncs for the first and the tenth of them. */
async function mirrored(): Promise<void> {
  await world.k2.createTopics([
    { topic: 'seeded', numPartitions: 1 },
    { topic: 'K1.seeded', numPartitions: 1 },
    {
      topic: 'mm2-offset-syncs.K1.internal',
      numPartitions: 1,
      configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
    },
    {
      topic: 'K1.checkpoints.internal',
      numPartitions: 1,
      configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
    },
  ]);
  await fill(
    world.k2,
    'K1.seeded',
    0,
    Array.from({ length: 12 }, (_, i) => `copy ${i}`),
  );
  await fill(world.k2, 'seeded', 0, ['of K2']);
  const producer = world.k2.kafka('mirror').producer();
  await producer.connect();
  const messages = [0n, 9n].map((offset) => {
    const sync = encodeOffsetSync({ topic: 'seeded', partition: 0, upstream: offset, downstream: offset });
    return { key: Buffer.from(sync.key), value: Buffer.from(sync.value), partition: 0 };
  });
  await producer.send({ topic: 'mm2-offset-syncs.K1.internal', messages });
  await producer.disconnect();
}

/** The set is at home, where each of its groups stands at 10 of 12. */
async function portsAtHome(): Promise<FakePorts<KafkaPorts>> {
  const ports = fakePorts({ kafka, region: K2_REGION, startMs: Date.now() });
  await ports.control.writeSet(stateOf(config));
  const { clusterId } = await kafka.reader('K1').identity();
  const atMs = ports.clock.nowMs();
  const partitions = { '0': { committed: '10', end: '12', start: '0' } };
  for (const group of GROUPS)
    await ports.control.putHomeSample(SET, { group, topic: 'seeded', atMs, clusterId, partitions });
  return ports;
}

const positionOf = async (group: string): Promise<bigint | null> =>
  (await kafka.reader('K2').committed(group, ['K1.seeded'])).get('K1.seeded')?.get(0) ?? null;

test('seeds: a partition that a member owns is never touched; beside members of other topics, where all have left, and where nobody ever was, it is seeded', async () => {
  await mirrored();
  for (const group of ['g-remote', 'g-left']) await commitStart(world.k2, group, 'K1.seeded', [0]);
  await commitStart(world.k2, 'g-local', 'seeded', [0]);
  const remote = reader('seeded', 'java-remote', { read: 'remote', group: 'g-remote' });
  const local = reader('seeded', 'java-local', { group: 'g-local' });
  const left = reader('seeded', 'java-left', { read: 'remote', group: 'g-left' });
  const processes = [remote, local, left].map((one) => one.start());
  await Promise.all([remote.says('processed copy 11'), local.says('processed of K2'), left.says('processed copy 11')]);
  await processes[2]!.stop(10_000);
  await waitFor(
    'a group is empty',
    async () => ((await view('g-left')).activity === 'empty' ? true : undefined),
    PATIENT,
  );
  await Promise.all([stable('g-remote', 1), stable('g-local', 1)]);
  await waitFor(
    'its owner has committed',
    async () => ((await positionOf('g-remote')) === 12n ? true : undefined),
    PATIENT,
  );

  const ports = await portsAtHome();
  await seedPositions(ports, config, { region: K2_REGION })();
  const seen = Object.fromEntries(await Promise.all(GROUPS.map(async (id) => [id, await positionOf(id)] as const)));
  expect(seen).toEqual({ 'g-remote': 12n, 'g-local': 10n, 'g-left': 10n, 'g-never': 10n });
  const seeded = (await ports.control.seeds(SET)).map(({ group }) => group).toSorted();
  expect(seeded).toEqual(['g-left', 'g-local', 'g-never']);

  await ports.control.writeSet({ ...claimedState(config), version: 2 });
  const pin = await pinPositions(ports, config)(stepInput({ stage: 'Pin positions' }));
  expect([pin.kind, pin.reasons]).toEqual(['held', ['K1.seeded-0 is owned']]);
  expect(await positionOf('g-remote')).toBe(12n);
  await Promise.all(processes.slice(0, 2).map((process) => process.stop(10_000)));
});
