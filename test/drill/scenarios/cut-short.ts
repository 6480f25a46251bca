/**
 * MirrorMaker 2 is killed before it flushes, sends everything again after its restart, and K1 dies in the middle of that. Its
 * newest offset syncs lie behind copies that were made only once: who goes by them skips records, and a failover must not.
 */
import type { SyncMap } from '../../../core/positions/sync-map.ts';
import type { LogRecord } from '../../../lambdas/ports.ts';
import { skipped, translate } from '../../support/positions.ts';
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';
import { gatherRun } from '../evidence.ts';
import { endsOf } from '../observer.ts';
import { SHARED_GROUP, setOf } from '../pair.ts';
import { clusterOf, otherOf } from '../stage.ts';
import type { Say, Setup, Stage } from '../stage.ts';
import {
  beginLife,
  endLife,
  goHome,
  laggingAndSeeded,
  patientWith,
  producedAfter,
  producedAt,
  remoteTopics,
  settled,
  statedPositions,
} from '../story.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

const HOME = 'K1';
const REFUGE = otherOf(HOME);
const SET = setOf(HOME);
const OPTIONS = { trigger: 'automatic', policy: 'availability', fail: HOME } as const;

/** Never flushed, so that a restart sends everything again; one batch in each fetch, so that there is a middle. */
const UNFLUSHED: Setup = {
  world: {
    mirror: {
      settings: { [`${REFUGE}.offset.flush.interval.ms`]: '3600000', [`${HOME}.consumer.fetch.max.bytes`]: '1' },
    },
  },
};

export const CUT_SHORT: OwnScenario = {
  id: 'CR1',
  title: 'MirrorMaker 2 sends everything again after a crash, and K1 dies in the middle of it',
  world: 'own',
  play: (say) =>
    onStage({ ...OPTIONS, setup: UNFLUSHED }, say, async (stage) => {
      const { sentAgain, copied, skippedByNewest, ...acts } = await play(stage, say);
      const run = await gatherRun(stage, OPTIONS, acts);
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
    }),
};

async function play(stage: Stage, say: Say) {
  const { workload, world } = stage;
  const until = patientWith(stage);
  const startedMs = await beginLife(stage, SET, until);
  workload.set({ speed: 'slow' });
  await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, startedMs));
  const { killedMs, ...cut } = await cutShort(stage);
  say(`${HOME} is killed (SIGKILL) after ${cut.sentAgain} of ${cut.copied} copies were sent again`);
  workload.set({ speed: 'fast' });
  await until(`${SET} lives at ${REFUGE}`, () => settled(stage, SET, 'refuge'));
  const remoteEnds = await endsOf(clusterOf(world, REFUGE), remoteTopics(stage, SET));
  const guesses = await byNewestSyncs(stage);
  await until(`${REFUGE} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: REFUGE, sinceMs: killedMs, count: 300 }),
  );
  const restartedMs = Date.now();
  await clusterOf(world, HOME).restart();
  say(`${HOME} is back, with its log`);
  await until(`${SET} is home again`, () => goHome(stage, SET));
  const homeMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, homeMs, 200));
  await endLife(stage, until);
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  return { startedMs, endedMs: Date.now(), rounds, ...cut, skippedByNewest: await skippedBy(stage, guesses) };
}

/** Kills MirrorMaker 2, starts it again, and kills home once copies are sent again. */
async function cutShort(stage: Stage) {
  const flow = stage.world.flow(`${HOME}->${REFUGE}`);
  const copies = () => copiesAt(stage);
  await flow.kill();
  const copied = await copies();
  flow.restart();
  await waitFor('copies are sent again', async () => ((await copies()) > copied ? true : undefined), {
    timeoutMs: HUNG_MS,
    everyMs: 2,
  });
  await clusterOf(stage.world, HOME).kill();
  const killedMs = Date.now();
  return { killedMs, copied, sentAgain: (await copies()) - copied };
}

/** By connections that stay open: a fresh one takes longer than the middle of a re-send lasts. */
async function copiesAt(stage: Stage): Promise<number> {
  const ends = await stage.kafka.reader(REFUGE).ends(remoteTopics(stage, SET));
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

async function byNewestSyncs(stage: Stage): Promise<readonly Guess[]> {
  const mine = (await statedPositions(stage, SET)).filter(({ group }) => group === SHARED_GROUP);
  const guesses = mine.map(async ({ topic, partitions }) => {
    const asked = Object.entries(partitions).flatMap(([partition, { homeCommit }]) =>
      homeCommit === null ? [] : [{ partition: Number(partition), home: BigInt(homeCommit) }],
    );
    const answers = await translate(stage, topic, asked);
    return Promise.all(
      answers.map(async ({ partition, home, map }) => ({
        topic,
        partition,
        home,
        position: newest(map, home),
        log: await stage.kafka.reader(REFUGE).readLog(`${HOME}.${topic}`, partition, 'start'),
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

async function skippedBy(stage: Stage, guesses: readonly Guess[]): Promise<number> {
  const counts = guesses.map(async ({ topic, partition, home, position, log }) => {
    const source = await stage.kafka.reader(HOME).readLog(topic, partition, 'start');
    const upstreamOf = new Map(source.map(({ value, offset }) => [`${value?.toString()}`, offset]));
    const copies = log.map(({ value, offset }) => ({
      upstream: upstreamOf.get(`${value?.toString()}`)!,
      downstream: offset,
    }));
    return skipped({ copies }, home, position);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
