import { describe, expect, test } from '@jest/globals';
import type { SetState } from '../../../core/contracts/tables.ts';
import { seedPositions } from '../../../lambdas/seed-positions/seed-positions.ts';
import { claimOf, K2_REGION, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { flowWorld, member, oneTopic, SET } from '../../support/builders/positions.ts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const config = oneTopic();
const OURS = 'mm2-failover.orders.clients-k1.billing.K1';

const awayState = (changes: Partial<SetState> = {}): SetState =>
  stateOf(config, {
    epoch: 1,
    phase: 'refuge',
    leftHomeAtMs: TEN_O_CLOCK - 60_000,
    leftHomeBy: 'failover',
    ...changes,
  });

/** The group stands at 10 at home, where nobody of it is. */
async function away(changes: Partial<SetState> = {}) {
  const flow = await flowWorld(config, awayState(changes));
  flow.copy(20);
  const { ports, k1 } = flow;
  k1.commit('billing', 'orders', 0, 10n);
  await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'id-of-K1', seenAtMs: 0 });
  return {
    ...flow,
    turn: seedPositions(ports, config, { region: K2_REGION }),
    at: () => k1.position('billing', 'orders', 0),
    expire: () => k1.forget('billing', 'orders', 0),
    /** How often we have opened the group's positions at home. */
    opened: () => (k1.epochs.get(OURS) ?? -1) + 1,
    kept: async () => (await ports.control.kept(SET))[0],
  };
}

test('positions at home are committed again as they stand, and from then on every half day', async () => {
  const { ports, turn, at, opened, kept } = await away();
  await turn();
  await turn();
  expect([at(), opened()]).toEqual([10n, 1]);
  expect(await kept()).toMatchObject({ renewedAtMs: TEN_O_CLOCK, partitions: { '0': { position: '10' } } });
  ports.clock.advance(13 * HOUR);
  await turn();
  expect([at(), opened()]).toEqual([10n, 2]);
});

describe('nothing is written', () => {
  test.each([
    ['while the set is at home', { phase: 'home' }],
    ['on the way home', { phase: 'returning' }],
    ['once a way home is open', { open: claimOf({ epoch: 2, move: 'failback', from: 'refuge' }) }],
    ['while the set only observes', { mode: 'observe' }],
    ['while it is paused', { pause: { owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + HOUR, setAtMs: 0 } }],
  ] as const)('%s', async (_story, changes) => {
    const { turn, opened, kept } = await away(changes);
    await turn();
    expect([opened(), await kept()]).toEqual([0, undefined]);
  });

  test('while the group has members at home', async () => {
    const { k1, turn, opened } = await away();
    k1.join('billing', member('straggler', { orders: [0] }));
    await turn();
    expect(opened()).toBe(0);
  });

  test('to another cluster behind the address of home', async () => {
    const { k1, turn, opened } = await away();
    k1.clusterId = 'another';
    await turn();
    expect(opened()).toBe(0);
  });

  test('while home cannot be read, which is no failure of the seeds', async () => {
    const { k1, ports, turn, opened } = await away();
    k1.isUp = false;
    await turn();
    expect(opened()).toBe(0);
    expect(ports.log.lines.map(({ message }) => message)).toContain('positions at home were not kept');
  });

  test.each([
    [
      'a way home is claimed',
      async (flow: Awaited<ReturnType<typeof away>>) => flow.setState(awayState({ phase: 'returning' })),
    ],
    [
      'a member joins',
      async ({ k1 }: Awaited<ReturnType<typeof away>>) => k1.join('billing', member('m', { orders: [0] })),
    ],
  ])('where %s between the look and the commit', async (_story, happens) => {
    const flow = await away();
    const { kafka } = flow.ports;
    const open = kafka.openCommitter.bind(kafka);
    const commits: string[] = [];
    kafka.openCommitter = async (cluster, id) => {
      const committer = await open(cluster, id);
      await happens(flow);
      return {
        ...committer,
        commit: async (group, positions) => (commits.push(group), committer.commit(group, positions)),
      };
    };
    await flow.turn();
    expect([commits, await flow.kept()]).toEqual([[], undefined]);
  });
});

describe('gone at home', () => {
  test('after as long as brokers keep it: written again, and kept from then on', async () => {
    const { ports, turn, at, expire, kept } = await away();
    await turn();
    ports.clock.advance(WEEK);
    expire();
    await turn();
    expect(at()).toBe(10n);
    expect(await kept()).toMatchObject({ rewrittenAtMs: TEN_O_CLOCK + WEEK });
  });

  test('earlier: somebody has deleted it, so it stays away, and that is told once', async () => {
    const { ports, turn, at, expire } = await away();
    await turn();
    ports.clock.advance(HOUR);
    expire();
    await turn();
    ports.clock.advance(2 * WEEK);
    await turn();
    expect(at()).toBeUndefined();
    const told = ports.log.lines.filter(({ message }) => message.startsWith('positions at home are gone'));
    expect(told).toHaveLength(1);
  });

  test('and nobody can tell how long brokers keep it: it stays away', async () => {
    const { k1, ports, turn, at, expire } = await away();
    k1.brokerSettings = {};
    await turn();
    ports.clock.advance(WEEK);
    expire();
    await turn();
    expect(at()).toBeUndefined();
  });

  test('of brokers that keep it for other times the longest counts', async () => {
    const { k1, ports, turn, at, expire } = await away();
    k1.brokerSettings = { 'offsets.retention.minutes': String(2 * 10_080) };
    await turn();
    ports.clock.advance(WEEK);
    expire();
    await turn();
    expect(at()).toBeUndefined();
  });

  test('what it was in an earlier stay counts no more', async () => {
    const { ports, turn, at, expire, setState } = await away();
    await turn();
    expire();
    ports.clock.advance(WEEK);
    await setState(awayState({ leftHomeAtMs: TEN_O_CLOCK + WEEK - HOUR }));
    await turn();
    expect(at()).toBeUndefined();
  });
});

test('members that came back for a moment: what stands there is theirs, and the time counts from their leaving', async () => {
  const { k1, ports, turn, at, expire } = await away();
  await turn();
  k1.join('billing', member('straggler', { orders: [0] }));
  k1.commit('billing', 'orders', 0, 14n);
  await turn();
  k1.leave('billing', 'straggler');
  ports.clock.advance(6 * 24 * HOUR);
  await turn();
  ports.clock.advance(24 * HOUR);
  expire();
  await turn();
  expect(at()).toBeUndefined();
});
