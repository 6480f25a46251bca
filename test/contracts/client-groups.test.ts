/** One group on a real broker whose members subscribe differently: some to the topic, some to its copy, one to both. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { AssignerProtocol, PartitionAssigners, type Consumer } from 'kafkajs';
import {
  createConsumer,
  memorySource,
  type ConsumerSettings,
  type FailoverConsumer,
  type Routing,
} from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import { commitStart, createTopic, fill, startTwoClusters, type TwoClusters } from './support/client-world.ts';
import { PATIENT } from './support/patience.ts';

const PARTITIONS = [0, 1, 2, 3, 4, 5];
const PROMPT = { heartbeatInterval: 200, maxWaitTimeInMs: 100 };

let world: TwoClusters;
let topic: string;
let members: Member[] = [];

beforeAll(async () => {
  world = await startTwoClusters('client-groups');
});

let round = 0;
beforeEach(async () => {
  topic = `t${round++}`;
  processed = [];
  for (const name of [topic, `K1.${topic}`]) {
    await createTopic(world.k2, name, PARTITIONS.length);
    await commitStart(world.k2, `g-${topic}`, name, PARTITIONS);
  }
});

afterEach(async () => {
  await Promise.all(members.splice(0).map(({ client }) => client.disconnect()));
});

afterAll(() => world.stop());

type Read = Routing['consumers']['read'];

interface Member {
  readonly client: FailoverConsumer;
  readonly read: Read;
  /** Partitions as `topic/partition`, of its last join; null before the first. */
  owned: readonly string[] | null;
  /** As it was told at its last join. */
  leads: boolean;
}

/** Values that members of this round processed, one by one. */
let processed: string[] = [];
const eachMessage = async ({ message }: { readonly message: { readonly value: Buffer | null } }) => {
  processed.push(String(message.value));
};

async function join(name: string, read: Read, consumer: ConsumerSettings = {}): Promise<Member> {
  const routing = clientRouting({ ...at('K2', world.k2.bootstrapServers, read), topics: [topic], phase: 'refuge' });
  const client = createConsumer({
    pair: 'orders',
    clientSet: 'clients-k1',
    clientId: name,
    groupId: `g-${topic}`,
    source: memorySource(routing),
    adoption: { report: async () => undefined },
    consumer: { ...PROMPT, ...consumer },
    hooks: {
      onAssigned: ({ partitions }) => {
        member.owned = Object.entries(partitions).flatMap(([of, list]) => list.map((one) => `${of}/${one}`));
      },
    },
  });
  const member: Member = { client, read, owned: null, leads: false };
  client.on(client.events.GROUP_JOIN, ({ payload }) => {
    member.leads = payload.isLeader;
  });
  members.push(member);
  await client.run({ eachMessage });
  return member;
}

const everything = () => [topic, `K1.${topic}`].flatMap((name) => PARTITIONS.map((one) => `${name}/${one}`)).toSorted();
const ownedBy = (some: readonly Member[]) => some.flatMap(({ owned }) => owned ?? []);

/** Every partition has exactly one owner, and every member has joined. */
const settled = (count: number) =>
  waitFor(
    `${count} members share everything`,
    async () => {
      const complete = ownedBy(members).toSorted().join() === everything().join();
      return complete && members.length === count && members.every(({ owned }) => owned !== null) ? true : undefined;
    },
    PATIENT,
  );

const mayRead: Readonly<Record<Read, (place: string) => boolean>> = {
  local: (place) => place.startsWith(`${topic}/`),
  remote: (place) => place.startsWith(`K1.${topic}/`),
  both: () => true,
};
const spread = () => {
  const loads = members.map(({ owned }) => owned?.length ?? 0);
  return Math.max(...loads) - Math.min(...loads);
};

test('each partition has one reader that asked for it, and no two members differ by more than one', async () => {
  for (const [name, read] of [
    ['both', 'both'],
    ['stays-1', 'local'],
    ['stays-2', 'local'],
    ['moved-1', 'remote'],
    ['moved-2', 'remote'],
  ] as const)
    await join(name, read);
  await settled(5);
  for (const { read, owned } of members) expect(owned!.filter((place) => !mayRead[read](place))).toEqual([]);
  expect(spread()).toBe(1);
});

test('who joins is given no more than evenness asks for, and who leaves takes nothing from those who stay', async () => {
  await join('stays-1', 'local');
  await join('moved-1', 'remote');
  await join('both', 'both');
  await settled(3);
  const before = new Map(members.map((member) => [member, member.owned!]));
  expect([...before.values()].map(({ length }) => length)).toEqual([4, 4, 4]);

  const joined = await join('both-2', 'both');
  await settled(4);
  expect(members.map(({ owned }) => owned!.length)).toEqual([3, 3, 3, 3]);
  for (const [member, had] of before) expect(had).toEqual(expect.arrayContaining([...member.owned!]));

  const held = members.filter((member) => member !== joined).map((member) => [member, member.owned!] as const);
  members = members.filter((member) => member !== joined);
  await joined.client.disconnect();
  await settled(3);
  for (const [member, had] of held) expect(member.owned).toEqual(expect.arrayContaining([...had]));
  expect(spread()).toBe(0);
});

test.each<readonly [string, readonly [Read, Read]]>([
  ['reads only the copy', ['remote', 'local']],
  ['reads only the topic', ['local', 'remote']],
])('a leader that %s gives the other member what that one asked for', async (_story, [first, second]) => {
  const leader = await join('leader', first);
  await waitFor('it has joined', async () => (leader.owned === null ? undefined : true), PATIENT);
  const other = await join('other', second);
  await settled(2);
  expect([leader.leads, other.leads]).toEqual([true, false]);
  for (const { read, owned } of members) expect(owned!.filter((place) => !mayRead[read](place))).toEqual([]);
});

test('when the leader leaves, another one leads and takes nothing from those who stay', async () => {
  await join('moved-1', 'remote');
  await join('stays-1', 'local');
  await join('moved-2', 'remote');
  await join('stays-2', 'local');
  await settled(4);
  const leader = members.find(({ leads }) => leads)!;
  const before = members.filter((member) => member !== leader).map((member) => [member, member.owned!] as const);
  members = members.filter((member) => member !== leader);
  await leader.client.disconnect();
  await settled(3);
  expect(members.filter(({ leads }) => leads)).toHaveLength(1);
  for (const [member, had] of before) expect(member.owned).toEqual(expect.arrayContaining([...had]));
});

/** A member as it was before the library: kafkajs with its own assigner. */
async function stock(crashes: string[] = []): Promise<Consumer> {
  const consumer = world.k2.kafka('stock').consumer({
    ...PROMPT,
    groupId: `g-${topic}`,
    partitionAssigners: [PartitionAssigners.roundRobin],
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crashes.push(payload.error.message);
  });
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ eachMessage });
  return consumer;
}

/** As the broker has it, with the partitions of the topic by owner; undefined while the members are being asked. */
async function agreement() {
  const { groups } = await world.k2.admin((admin) => admin.describeGroups([`g-${topic}`]));
  const { state, protocol, members: there } = groups[0]!;
  if (state !== 'Stable') return undefined;
  const owned = there.flatMap(
    ({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [],
  );
  return { assigner: protocol, members: there.length, owned: owned.toSorted((a, b) => a - b) };
}

/** The members agree on the assigner, each partition has one owner, and what is written now is processed by them. */
async function atWork(assigner: string, count: number, value: string): Promise<void> {
  const agreed = async () => {
    const now = await agreement();
    return now?.assigner === assigner && now.members === count ? now : undefined;
  };
  const { owned } = await waitFor(`${count} members share by ${assigner}`, agreed, PATIENT);
  expect(owned).toEqual(PARTITIONS);
  const written = PARTITIONS.map((partition) => `${value} in ${partition}`);
  for (const [partition, one] of written.entries()) await fill(world.k2, topic, partition, [one]);
  const read = async () => written.every((one) => processed.includes(one)) || undefined;
  await waitFor(`"${value}" is read in each partition`, read, PATIENT);
}

test("a group of kafkajs's own assigner goes over to ours one by one, by members that offer both, and processes each record once", async () => {
  const old = [await stock(), await stock()];
  const offersBoth = { partitionAssigners: [PartitionAssigners.roundRobin] };
  try {
    await atWork('RoundRobinAssigner', 2, 'before');

    await old.pop()!.disconnect();
    await join('both-1', 'local', offersBoth);
    await atWork('RoundRobinAssigner', 2, 'one of two');
    await old.pop()!.disconnect();
    await join('both-2', 'local', offersBoth);
    await atWork('mm2-failover', 2, 'both');

    await members.shift()!.client.disconnect();
    await join('ours-1', 'local');
    await atWork('mm2-failover', 2, 'one offers only ours');
    await members.shift()!.client.disconnect();
    await join('ours-2', 'local');
    await atWork('mm2-failover', 2, 'all offer only ours');
  } finally {
    await Promise.all(old.map((consumer) => consumer.disconnect()));
  }
  expect(processed.toSorted()).toEqual([...new Set(processed)].toSorted());
});

test("a member that offers only ours is not let into a group of kafkajs's own assigner, says so, and takes nothing from it", async () => {
  const old = await stock();
  try {
    await atWork('RoundRobinAssigner', 1, 'before');
    const { client } = await join('ours', 'local');
    const refused = async () => (/protocol/i.test(client.status().problem ?? '') ? true : undefined);
    await waitFor('it says why it is not let in', refused, PATIENT);
    await atWork('RoundRobinAssigner', 1, 'after');
  } finally {
    await old.disconnect();
  }
});

test("a member of kafkajs's own assigner is not let into a group where one offers only ours, and takes nothing from it", async () => {
  await join('ours', 'local');
  await atWork('mm2-failover', 1, 'before');
  const crashes: string[] = [];
  const old = await stock(crashes);
  try {
    await waitFor('it is not let in', async () => crashes.some((why) => /protocol/i.test(why)) || undefined, PATIENT);
    await atWork('mm2-failover', 1, 'after');
  } finally {
    await old.disconnect();
  }
});
