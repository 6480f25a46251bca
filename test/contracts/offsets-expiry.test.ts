/**
 * What becomes of positions that nobody works with, on a broker that keeps them for a minute: which ones renewals save, which
 * ones go all the same and are written again, and that what somebody deleted stays deleted.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KeptRecord } from '../../core/contracts/tables.ts';
import { keepHomePositions } from '../../lambdas/seed-positions/home-positions.ts';
import { pairConfig, placedK1 } from '../support/builders/pair.ts';
import { SET } from '../support/builders/positions.ts';
import { fakePorts } from '../support/fakes/ports.ts';
import { waitFor } from '../support/world/conditions.ts';
import { clusterForThisFile, RealLab } from './support/kafka.ts';
import { PATIENT } from './support/patience.ts';

const MORE_THAN_HALF_A_DAY_MS = 13 * 3_600_000;

const cluster = clusterForThisFile(async () => ({
  settings: { 'offsets.retention.minutes': '1', 'offsets.retention.check.interval.ms': '1000' },
}));
let lab: RealLab;
let topic: string;
beforeAll(async () => {
  lab = new RealLab(cluster());
  topic = await lab.createTopic();
  await lab.append(topic, 0, [{ value: 'a' }, { value: 'b' }]);
});
afterAll(() => lab.close());

let serial = 0;
async function commit(group: string): Promise<void> {
  const committer = await lab.kafka.openCommitter('K1', `commit-${(serial += 1)}`);
  expect(await committer.commit(group, [{ topic, partition: 0, offset: 1n }])).toEqual({ kind: 'committed' });
  await committer.close();
}
const positionOf = async (group: string) =>
  (await lab.kafka.reader('K1').committed(group, [topic])).get(topic)?.get(0) ?? null;

/** As an application leaves it: its last member has gone. */
async function groupAtRest(group: string): Promise<void> {
  const member = await lab.join(group, topic);
  await member.leave();
  await commit(group);
}

/** What seed-positions does for one group while its set is away. */
async function keeperOf(group: string) {
  const ports = fakePorts({ kafka: lab.kafka });
  const config = pairConfig({ topics: [topic], groups: [{ id: group }] });
  const { clusterId } = await lab.kafka.reader('K1').identity();
  await ports.control.putIncarnation({ cluster: 'K1', clusterId, seenAtMs: 0 });
  const away = { leftHomeAtMs: ports.clock.nowMs(), whyNot: async () => undefined };
  return {
    later: (ms: number) => ports.clock.advance(ms),
    keep: () => keepHomePositions(ports, config, placedK1(config), away),
    kept: async (): Promise<KeptRecord | undefined> => (await ports.control.kept(SET))[0],
  };
}

test('positions at rest expire, unless they are kept', async () => {
  for (const group of ['never-joined', 'never-joined-unkept']) await commit(group);
  for (const group of ['left-unkept', 'left-renewed', 'left']) await groupAtRest(group);
  const [neverJoined, left] = [await keeperOf('never-joined'), await keeperOf('left')];
  // At once: a look that came late would take the expiry for a deletion.
  await left.keep();
  const restedAt = performance.now();
  let lookedAt = restedAt;
  let renewedAt = restedAt;
  let goneAt: number | undefined;
  const isGone = async (group: string) => (await positionOf(group)) === null;
  const look = async () => {
    neverJoined.later(MORE_THAN_HALF_A_DAY_MS);
    await neverJoined.keep();
    left.later(Math.round(performance.now() - lookedAt));
    lookedAt = performance.now();
    await left.keep();
    // For half of the minute, so that none of these commits comes after the expiry.
    if (performance.now() - restedAt < 30_000) {
      renewedAt = performance.now();
      await commit('left-renewed');
    }
    if (await isGone('left-renewed')) goneAt ??= performance.now();
    const gone = await Promise.all(['never-joined-unkept', 'left-unkept'].map(isGone));
    const { rewrittenAtMs, partitions } = (await left.kept())!;
    const isSettled = (rewrittenAtMs ?? partitions['0']?.deletedAtMs) !== undefined;
    return goneAt !== undefined && isSettled && gone.every(Boolean) ? true : undefined;
  };
  await waitFor('what nobody keeps is gone', look, { ...PATIENT, everyMs: 2_000 });
  // A commit alone does not keep it: the broker counts from the last member's leaving.
  expect(goneAt! - renewedAt).toBeLessThan(60_000);
  expect(await Promise.all(['never-joined', 'left'].map(positionOf))).toEqual([1n, 1n]);
  expect((await left.kept())?.rewrittenAtMs).toBeDefined();
  expect((await neverJoined.kept())?.rewrittenAtMs).toBeUndefined();

  // Somebody deletes both.
  await cluster().admin((admin) => admin.deleteGroups(['never-joined', 'left']));
  for (const keeper of [neverJoined, left]) await keeper.keep();
  expect(await Promise.all(['never-joined', 'left'].map(positionOf))).toEqual([null, null]);
  for (const keeper of [neverJoined, left]) expect((await keeper.kept())?.partitions['0']?.deletedAtMs).toBeDefined();
});
