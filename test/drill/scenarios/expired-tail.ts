/** Retention takes a part of the tail before its clients are home again: it is announced, and what was taken is told. */
import kafkajs from 'kafkajs';
import type { TailReport } from '../../../core/contracts/tail.ts';
import { tailSubject } from '../../../core/health/subjects.ts';
import {
  arriveAtRefuge,
  arriveHome,
  beginLife,
  castOf,
  endLife,
  killWithATail,
  lagBehind,
  restartHome,
} from '../acts.ts';
import type { Cast } from '../acts.ts';
import { brokenIn, checkRun } from '../checker/invariants.ts';
import type { Verdict } from '../checker/invariants.ts';
import { gatherRun } from '../evidence.ts';
import { clusterOf } from '../stage.ts';
import type { Setup } from '../stage.ts';
import { onStage } from './on-stage.ts';
import type { Found, OwnScenario } from './scenario.ts';

/** Retention takes home's log of it, and leaves the other topic alone. */
const TAKEN = 'orders';

/** An hour for all topics: the tail's last day has begun when it comes to be. Brokers look each second, at once after a start. */
const SHORT_LIVED: Setup = {
  world: {
    brokerSettings: {
      'log.retention.ms': '3600000',
      'log.retention.check.interval.ms': '1000',
      'log.initial.task.delay.ms': '500',
    },
  },
};

export const EXPIRED_TAIL: OwnScenario = {
  id: 'TE1',
  title: 'K1 is lost and back, and retention takes the tail of one topic there before its clients are home again',
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage({ ...options, setup: SHORT_LIVED }, say, async (stage) => {
      const cast = castOf(stage, say);
      const { warned, ...acts } = await play(cast);
      const found = judge(checkRun(await gatherRun(stage, options, acts)), await toldAtTheEnd(cast));
      return { ...found, seen: [warned, ...found.seen] };
    });
  },
};

async function play(cast: Cast) {
  const { until, say } = cast;
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  const killedMs = await killWithATail(cast);
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const warned = await until('it is told that the tail expires', () => expiring(cast));
  say(warned);
  const restartedMs = await restartHome(cast);
  await expire(cast);
  await arriveHome(cast);
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  return { startedMs, endedMs: await endLife(cast), rounds, warned };
}

async function expiring({ stage, set }: Cast): Promise<string | undefined> {
  const verdict = await stage.cloud.controlOf(set).verdict(tailSubject(set));
  return verdict?.kind === 'EXPIRING' ? `${verdict.kind}: ${verdict.sentence}` : undefined;
}

/** As if the hour were over: whatever home holds of the topic is too old, until nothing is left of it. */
async function expire({ stage, home, until, say }: Cast): Promise<void> {
  const cluster = clusterOf(stage.world, home);
  const retention = (value: string | undefined) =>
    cluster.admin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: TAKEN,
            configEntries: value === undefined ? [] : [{ name: 'retention.ms', value }],
          },
        ],
      }),
    );
  await retention('1000');
  await until(`retention has taken all of ${TAKEN} at ${home}`, async () => {
    const partitions = [...((await stage.kafka.reader(home).ends([TAKEN])).get(TAKEN)?.values() ?? [])];
    return partitions.length > 0 && partitions.every(({ start, highWatermark }) => start === highWatermark)
      ? true
      : undefined;
  });
  await retention(undefined);
  say(`retention has taken all of ${TAKEN} at ${home}`);
}

/** By the decision at the end of the way home. */
async function toldAtTheEnd({ stage, set }: Cast): Promise<TailReport> {
  const decisions = await stage.cloud.controlOf(set).decisions(set, 50);
  const concluded = decisions.find(({ kind, move }) => kind === 'concluded' && move === 'failback');
  const { tail } = (concluded?.inputs ?? {}) as { readonly tail?: TailReport };
  if (tail === undefined) throw new Error('the end of the way home tells nothing of the tail');
  return tail;
}

/** Lost is what was taken and nothing else, and no more of it than is told. */
function judge(verdict: Verdict, told: TailReport): Found {
  const { counts, facts } = verdict;
  const isTaken = (id: string): boolean => facts.tail.has(id) && facts.acknowledged.get(id)?.topic === TAKEN;
  const lost = counts.flatMap((group) => group.lost);
  const taken = lost.filter(isTaken).length;
  return {
    problems: [
      ...brokenIn(verdict, (id) => id !== 'P2'),
      ...lost.filter((id) => !isTaken(id)).map((id) => `${id} is lost, and nothing has taken it`),
      ...counts.flatMap(({ tailProcessedElsewhere: through }) => through).map((id) => `${id} came by the remote topic`),
      ...(taken === 0 ? ['retention took nothing that was owed, so nothing was tried'] : []),
      ...(Number(told.taken) < taken ? [`told: ${told.taken} offsets were taken; ${taken} records were`] : []),
    ],
    seen: [
      ...counts.map(({ group, lost: gone, tailOwed }) => `${group}: tail ${tailOwed}, ${gone.length} of it taken`),
      told.sentence,
    ],
  };
}
