/** Consumers that are too slow for the drain's deadline, by each policy: what is left then, who says so, and where it is processed. */
import type { DrainDeadlinePolicy } from '../../../core/contracts/primitives.ts';
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
import { countGroup, gatherFacts } from '../checker/counts.ts';
import { brokenIn, checkRun } from '../checker/invariants.ts';
import type { RunRecord } from '../checker/records.ts';
import { cutover } from '../checker/rounds.ts';
import { gatherRun } from '../evidence.ts';
import { remoteTopics, total, unprocessed } from '../looks.ts';
import { committedOf } from '../observer.ts';
import { SHARED_GROUP, homeOnlyGroup, setOf } from '../pair.ts';
import { clusterOf } from '../stage.ts';
import type { Setup } from '../stage.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { inPhase } from './switchover.ts';

/** Two slow consumers process 90 records a second: 20 s of work, and they are given half of that. The one that works alone needs far more. */
const BACKLOG = 1_800;
const AFTER_SECONDS = 10;

interface Case {
  readonly id: string;
  readonly policy: DrainDeadlinePolicy;
  readonly title: string;
  /** What consumers are told to read afterwards. */
  readonly read: 'local' | 'both';
  /** Copies of them are first processed at home. */
  readonly leaves: boolean;
  /** Promises that are broken by a run, as far as the policy keeps them. */
  readonly broken: (run: RunRecord) => readonly string[];
  readonly leave: (cast: Cast, killedMs: number) => Promise<Left>;
}

interface Left {
  /** What the system says of the deadline. */
  readonly told: string;
  readonly remoteEnds: ReadonlyMap<string, bigint>;
}

const scenarioOf = ({ id, policy, title, read, leaves, broken, leave }: Case): OwnScenario => ({
  id,
  title,
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage({ ...options, setup: withDeadline(home, policy) }, say, async (stage) => {
      const { told, ...acts } = await play(castOf(stage, say), leave);
      const run = await gatherRun(stage, options, acts);
      const left = leftUnread(run);
      const reads = cutover(run, 0)?.consumers.read;
      return {
        problems: [
          ...broken(run),
          ...lostBy(run),
          ...(reads === read ? [] : [`consumers were told to read ${reads} after the deadline`]),
          ...(left > 0 === leaves ? [] : [`${left} copies were first processed at ${home}`]),
          ...(left <= leftBy(told) ? [] : [`${left} copies were left unread, and told: ${told}`]),
        ],
        seen: [told, `${left} of the copies were first processed at ${home}`, ...countsOf(run)],
      };
    });
  },
});

const withDeadline = (home: string, then: DrainDeadlinePolicy): Setup => ({
  config: (plain) => ({
    ...plain,
    clientSets: {
      ...plain.clientSets,
      [setOf(home)]: {
        ...plain.clientSets[setOf(home)],
        drainDeadline: { afterSeconds: AFTER_SECONDS, then },
      },
    },
  }),
});

async function play(cast: Cast, leave: Case['leave']) {
  const { stage, home, set, until, say } = cast;
  const startedMs = await beginLife(cast);
  stage.workload.set({ speed: 'slow' });
  await until(`${set} lags far behind`, async () => ((await unprocessed(stage, home)) >= BACKLOG ? true : undefined));
  await lagBehind(cast, startedMs);
  const killedMs = await killWithATail(cast);
  stage.workload.set({ speed: 'slow' });
  const { told, remoteEnds } = await leave(cast, killedMs);
  say(told);
  const restartedMs = await restartHome(cast);
  await arriveHome(cast);
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  return { startedMs, endedMs: await endLife(cast), rounds, told };
}

async function cutOver(cast: Cast, killedMs: number): Promise<Left> {
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const told = await toldAtTheEnd(cast, 'cut-over');
  cast.stage.workload.set({ speed: 'fast' });
  return { told, remoteEnds };
}

/** What was left is read at the refuge, before home is back. */
async function keepBoth(cast: Cast, killedMs: number): Promise<Left> {
  const { stage, refuge, until } = cast;
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const told = await toldAtTheEnd(cast, 'keep-both');
  stage.workload.set({ speed: 'fast' });
  await until(`the copies are read at ${refuge}, beside the local topics`, () => copiesRead(cast, remoteEnds));
  return { told, remoteEnds };
}

/** A person sees to it that consumers are quick, and has the drain wait on. */
async function hold(cast: Cast, killedMs: number): Promise<Left> {
  const { stage, set, until } = cast;
  const asked = await until('the drain is held', async () => {
    const question = await stage.cloud.controlOf(set).question(set);
    return question?.question === 'hold' ? question : undefined;
  });
  if (!asked.sentence.includes('records left')) throw new Error(`held, but: ${asked.sentence}`);
  if ((await inPhase(cast, ['draining'])) === undefined) throw new Error(`held, but ${set} is no longer draining`);
  stage.workload.set({ speed: 'fast' });
  await stage.cloud.tell(set, { command: 'resume', epoch: asked.epoch });
  return { told: `held: ${asked.sentence}`, remoteEnds: await arriveAtRefuge(cast, killedMs) };
}

/** What the decision at the end of the failover says of its drain. */
async function toldAtTheEnd({ stage, set }: Cast, wanted: DrainDeadlinePolicy): Promise<string> {
  const concluded = (await stage.cloud.controlOf(set).decisions(set, 20)).find(({ kind }) => kind === 'concluded');
  const { stages = [] } = (concluded?.inputs ?? {}) as {
    readonly stages?: readonly { readonly stage: string; readonly kind: string; readonly leftUndone?: string }[];
  };
  const { kind, leftUndone = 'nothing is told' } = stages.find((one) => one.stage === 'Measure drain') ?? {};
  if (kind !== wanted || !leftUndone.includes('records left'))
    throw new Error(`the drain ended as ${kind}: ${leftUndone}`);
  return `${kind}: ${leftUndone}`;
}

async function copiesRead({ stage, set, home, refuge }: Cast, ends: Left['remoteEnds']): Promise<true | undefined> {
  const cluster = clusterOf(stage.world, refuge);
  const committed = await Promise.all(
    [SHARED_GROUP, homeOnlyGroup(home)].map((group) => committedOf(cluster, group, remoteTopics(stage, set))),
  );
  return committed.every((positions) => total(positions) >= total(ends)) ? true : undefined;
}

/** Of all groups together. */
const leftBy = (told: string): number =>
  [...told.matchAll(/(\d+) records left/g)].reduce((sum, [, records]) => sum + Number(records), 0);

/** By the groups that moved: copied before the kill, first processed after the return. */
function leftUnread(run: RunRecord): number {
  const facts = gatherFacts(run);
  return run.groups
    .filter(({ movedSet }) => movedSet === run.movedSet)
    .reduce((sum, group) => sum + countGroup(run, facts, group).late.length, 0);
}

/** Where a group began is told by what it has processed there: of a remote partition that it did not come to, nothing is. */
function ofTouched(run: RunRecord): RunRecord {
  const touched = new Set(run.processed.map(({ group, topic, partition }) => `${group} ${topic}-${partition}`));
  const stated = run.stated.filter(({ group, topic, partition }) =>
    touched.has(`${group} ${run.remotePrefix}${topic}-${partition}`),
  );
  return { ...run, stated };
}

/** The group of both sides shares the work: who was given copies alone has nothing to do once they are read, and others go on. */
const ofOneGroup = (run: RunRecord): RunRecord => ({
  ...run,
  processed: run.processed.map((record) => ({ ...record, set: run.movedSet })),
});

const TOO_SLOW = "K1 is lost, and its consumers are too slow for the drain's deadline";

const CASES: readonly Case[] = [
  {
    id: 'DD1',
    policy: 'cut-over',
    title: `${TOO_SLOW}: the move goes on without what is left (cut-over)`,
    read: 'local',
    leaves: true,
    broken: (run) => [...brokenPromises(run, ['P6']), ...brokenIn(checkRun(ofTouched(run)), (id) => id === 'P6')],
    leave: cutOver,
  },
  {
    id: 'DD2',
    policy: 'keep-both',
    title: `${TOO_SLOW}: they read it on beside the local topics (keep-both)`,
    read: 'both',
    leaves: false,
    // The tail is copied once home is back, and read at the refuge as far as it goes until everybody leaves.
    broken: (run) => [
      ...brokenPromises(run, ['P2', 'P12']),
      ...brokenIn(checkRun(ofOneGroup(run)), (id) => id === 'P12'),
    ],
    leave: keepBoth,
  },
  {
    id: 'DD3',
    policy: 'hold',
    title: `${TOO_SLOW}: a person is asked, and has it wait on (hold)`,
    read: 'local',
    leaves: false,
    broken: (run) => brokenPromises(run),
    leave: hold,
  },
];

export const DEADLINES: readonly OwnScenario[] = CASES.map(scenarioOf);
