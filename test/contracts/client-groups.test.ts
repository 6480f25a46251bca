/** One group on a real broker whose members subscribe differently: some to the topic, some to its copy, one to both. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createConsumer, memorySource, type FailoverConsumer, type Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import { commitStart, createTopic, startTwoClusters, type TwoClusters } from './support/client-world.ts';
import { PATIENT } from './support/patience.ts';

const PARTITIONS = [0, 1, 2, 3, 4, 5];

let world: TwoClusters;
let topic: string;
let members: Member[] = [];

beforeAll(async () => {
  world = await startTwoClusters('client-groups');
});

let round = 0;
beforeEach(async () => {
  topic = `t${round++}`;
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
}

async function join(name: string, read: Read): Promise<Member> {
  const routing = clientRouting({ ...at('K2', world.k2.bootstrapServers, read), topics: [topic], phase: 'refuge' });
  const client = createConsumer({
    pair: 'orders',
    clientSet: 'clients-k1',
    clientId: name,
    groupId: `g-${topic}`,
    source: memorySource(routing),
    adoption: { report: async () => undefined },
    consumer: { heartbeatInterval: 200, maxWaitTimeInMs: 100 },
    hooks: {
      onAssigned: ({ partitions }) => {
        member.owned = Object.entries(partitions).flatMap(([of, list]) => list.map((one) => `${of}/${one}`));
      },
    },
  });
  const member: Member = { client, read, owned: null };
  members.push(member);
  await client.run({ eachMessage: async () => undefined });
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
