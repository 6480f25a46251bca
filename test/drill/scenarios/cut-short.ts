/**
 * MirrorMaker 2 is killed before it flushes, sends everything again after its restart, and K1 dies in the middle of that. Its
 * newest offset syncs lie behind copies that were made only once: who goes by them skips records, and a failover must not.
 */
import type { SyncMap } from '../../../core/positions/sync-map.ts';
import type { LogRecord } from '../../../lambdas/ports.ts';
import { skipped, translate } from '../../support/positions.ts';
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';
import { arriveAtRefuge, arriveHome, beginLife, castOf, endLife, killHome, lagBehind, restartHome } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { gatherRun } from '../evidence.ts';
import { remoteTopics, statedPositions } from '../looks.ts';
import { SHARED_GROUP } from '../pair.ts';
import { otherOf } from '../stage.ts';
import type { Setup } from '../stage.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

/** Never flushed, so that a restart sends everything again; one batch in each fetch, so that there is a middle. */
const unflushed = (home: 'K1' | 'K2'): Setup => ({
  world: {
    mirror: {
      settings: {
        [`${otherOf(home)}.offset.flush.interval.ms`]: '3600000',
        [`${home}.consumer.fetch.max.bytes`]: '1',
      },
    },
  },
});

export const CUT_SHORT: OwnScenario = {
  id: 'CR1',
  title: 'MirrorMaker 2 sends everything again after a crash, and K1 dies in the middle of it',
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage({ ...options, setup: unflushed(home) }, say, async (stage) => {
      const { sentAgain, copied, skippedByNewest, ...acts } = await play(castOf(stage, say));
      const run = await gatherRun(stage, options, acts);
      return {
        problems: [
          ...brokenPromises(run),
          ...lostBy(run),
          ...(sentAgain < copied ? [] : [`all ${copied} copies were sent again: it was not cut short`]),
          ...(skippedByNewest > 0 ? [] : ['who goes by the newest offset syncs skips nothing, so nothing was tried']),
        ],
        seen: [
          `cut after ${sentAgain} of ${copied} copies; who goes by the newest offset syncs skips ${skippedByNewest} records of ${SHARED_GROUP}`,
          ...countsOf(run),
        ],
      };
    });
  },
};

async function play(cast: Cast) {
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  const { killedMs, ...cut } = await cutShort(cast);
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const guesses = await byNewestSyncs(cast);
  const restartedMs = await restartHome(cast);
  await arriveHome(cast);
  const endedMs = await endLife(cast);
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  return { startedMs, endedMs, rounds, ...cut, skippedByNewest: await skippedBy(cast, guesses) };
}

/** Kills MirrorMaker 2, starts it again, and kills home once copies are sent again. */
async function cutShort(cast: Cast) {
  const { stage, home, refuge } = cast;
  const flow = stage.world.flow(`${home}->${refuge}`);
  const copies = () => copiesAt(cast);
  await flow.kill();
  const copied = await copies();
  flow.restart();
  await waitFor('copies are sent again', async () => ((await copies()) > copied ? true : undefined), {
    timeoutMs: HUNG_MS,
    everyMs: 2,
  });
  const killedMs = await killHome(cast, ' while copies are sent again');
  return { killedMs, copied, sentAgain: (await copies()) - copied };
}

/** By connections that stay open: a fresh one takes longer than the middle of a re-send lasts. */
async function copiesAt({ stage, set, refuge }: Cast): Promise<number> {
  const ends = await stage.kafka.reader(refuge).ends(remoteTopics(stage, set));
  return [...ends.values()]
    .flatMap((partitions) => [...partitions.values()])
    .reduce((sum, { highWatermark }) => sum + Number(highWatermark), 0);
}

/** Where somebody would begin who goes by the newest offset sync at or below the position at home. */
interface Guess {
  readonly topic: string;
  readonly partition: number;
  readonly home: bigint;
  readonly position: bigint;
  /** The remote log at that moment. */
  readonly log: readonly LogRecord[];
}

async function byNewestSyncs({ stage, set, home: source, refuge }: Cast): Promise<readonly Guess[]> {
  const mine = (await statedPositions(stage, set)).filter(({ group }) => group === SHARED_GROUP);
  const guesses = mine.map(async ({ topic, partitions }) => {
    const asked = Object.entries(partitions).flatMap(([partition, { homeCommit }]) =>
      homeCommit === null ? [] : [{ partition: Number(partition), home: BigInt(homeCommit) }],
    );
    const answers = await translate(stage, topic, asked, { source, target: refuge });
    return Promise.all(
      answers.map(async ({ partition, home, map }) => ({
        topic,
        partition,
        home,
        position: newest(map, home),
        log: await stage.kafka.reader(refuge).readLog(`${source}.${topic}`, partition, 'start'),
      })),
    );
  });
  return (await Promise.all(guesses)).flat();
}

/** The rule of MirrorMaker 2's own translation: the nearest sync below, and one further where it is not the record itself. */
function newest({ points }: SyncMap, home: bigint): bigint {
  const nearest = points.findLast(({ upstream }) => upstream <= home);
  if (nearest === undefined) return 0n;
  return nearest.upstream === home ? nearest.downstream : nearest.downstream + 1n;
}

async function skippedBy({ stage, home: cluster }: Cast, guesses: readonly Guess[]): Promise<number> {
  const counts = guesses.map(async ({ topic, partition, home, position, log }) => {
    const source = await stage.kafka.reader(cluster).readLog(topic, partition, 'start');
    const upstreamOf = new Map(source.map(({ value, offset }) => [`${value?.toString()}`, offset]));
    const copies = log.map(({ value, offset }) => ({
      upstream: upstreamOf.get(`${value?.toString()}`)!,
      downstream: offset,
    }));
    return skipped({ copies }, home, position);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
