/** A producer and a consumer of home that never follow the routing: what a move waits for, whom it names, and what becomes of their records. */
import { remembered, StragglerMemory } from '../../../core/contracts/stage-data.ts';
import type { Decision } from '../../../core/contracts/tables.ts';
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
import { judgePlanned } from '../checker/planned.ts';
import { idOf } from '../checker/records.ts';
import type { Kill, RunRecord } from '../checker/records.ts';
import { gatherRun } from '../evidence.ts';
import { SHARED_GROUP } from '../pair.ts';
import { SESSION_MS } from '../workload/consuming.ts';
import { deafClientsOf } from '../workload/workload.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { inPhase, thereAndBack } from './switchover.ts';

/** What they obey until they are mended. */
const FIRST_REVISION = 1;
export const LOST_WITH_STRAGGLERS: OwnScenario = {
  id: 'NA1',
  title: 'K1 is lost and comes back; a producer and a consumer of its clients never follow the routing',
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage({ ...options, setup: { deaf: home } }, say, async (stage) => {
      const { named, refused, restart, ...acts } = await loseAndReturn(castOf(stage, say));
      const run = { ...(await gatherRun(stage, options, acts)), kills: [restart] };
      const away = { fromMs: acts.rounds[0]!.restartedMs, untilMs: restart.atMs };
      const { written, read, again } = doneAtHome(run, away);
      return {
        problems: [
          ...brokenIn(checkRun(run), (id) => !isOfOneGroup(id)),
          ...brokenIn(checkRun(withoutStraggler(run, away.fromMs)), isOfOneGroup),
          ...lostBy(run),
          ...(written > 0 && read > 0 ? [] : ['the stragglers did nothing at home, so nothing was tried']),
        ],
        seen: [
          named,
          `stragglers wrote ${written} records at ${home} and processed ${read} there while their set was away, ${again} of them processed at the refuge as well`,
          refused,
          ...countsOf(run),
        ],
      };
    });
  },
};

/** A straggler processes at home what its group processes at the refuge: no bound is promised of it, only of those who moved. */
const isOfOneGroup = (id: string): boolean => id === 'P4';

const withoutStraggler = (run: RunRecord, sinceMs: number): RunRecord => {
  const { consumer } = deafClientsOf(run.failed);
  return {
    ...run,
    processed: run.processed.filter(
      ({ member, cluster, revision, atMs }) =>
        !(member === consumer && cluster === run.failed && revision === FIRST_REVISION && atMs >= sinceMs),
    ),
  };
};

/** While their set was away. */
function doneAtHome(run: RunRecord, { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }) {
  const { producer, consumer } = deafClientsOf(run.failed);
  const inBetween = ({ cluster, atMs }: { readonly cluster: string; readonly atMs: number }) =>
    cluster === run.failed && atMs > fromMs && atMs < untilMs;
  const read = run.processed.filter((r) => r.member === consumer && inBetween(r));
  const byOthers = new Set(
    run.processed.filter((r) => r.group === SHARED_GROUP && r.member !== consumer && r.atMs < untilMs).map(idOf),
  );
  return {
    written: run.produced.filter((p) => p.producer === producer && p.result === 'ok' && inBetween(p)).length,
    read: read.length,
    again: read.filter((r) => byOthers.has(idOf(r))).length,
  };
}

async function loseAndReturn(cast: Cast) {
  const { until, say } = cast;
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  const killedMs = await killWithATail(cast);
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const named = await namedByStep(cast);
  await until('both stragglers are announced', () => announced(cast));

  const restartedMs = await restartHome(cast);
  await until('the stragglers work at home again', () => atWorkSince(cast, restartedMs));
  const { sentence } = await until('the way home is refused', () => refusedByMembers(cast, restartedMs));
  say(`the way home is refused: ${sentence}`);

  const restart = await mendStragglers(cast);
  await arriveHome(cast);
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  return { startedMs, endedMs: await endLife(cast), rounds, named, refused: sentence, restart };
}

/** Their names in the system: a client belongs to a set. */
function namesOf({ home, set }: Cast) {
  const { producer, consumer } = deafClientsOf(home);
  return { producer: `producer ${set}.${producer}`, consumer: `consumer ${set}.${consumer}` };
}

/** What the step said at the end of its wait; the consumer is missed by nobody there, others read its partitions. */
async function namedByStep(cast: Cast): Promise<string> {
  const { stage, set } = cast;
  const control = stage.cloud.controlOf(set);
  const { epoch } = (await control.readSet(set))!;
  const { kind, sentence = '' } = (await control.stage(set, epoch, 'Await adoption (draining)')) ?? {};
  if (kind !== 'stragglers' || !sentence.includes(namesOf(cast).producer))
    throw new Error(`Await adoption (draining) ended as ${kind}: ${sentence}`);
  return sentence;
}

/** Each is told of as an event, which is noted when the bus has taken it. */
async function announced(cast: Cast): Promise<true | undefined> {
  const { stage, set } = cast;
  const control = stage.cloud.controlOf(set);
  const { epoch, revision } = (await control.readSet(set))!;
  const told = remembered(StragglerMemory, (await control.stage(set, epoch, 'Stragglers'))?.data)?.announced ?? [];
  return Object.values(namesOf(cast)).every((name) => told.includes(`${name} ${revision}`)) ? true : undefined;
}

async function atWorkSince({ stage, home }: Cast, sinceMs: number): Promise<true | undefined> {
  const { produced, processed } = stage.workload.read();
  const { producer, consumer } = deafClientsOf(home);
  const at = (r: { readonly cluster: string; readonly atMs: number }) => r.cluster === home && r.atMs > sinceMs;
  const written = produced.filter((p) => p.producer === producer && p.result === 'ok' && at(p)).length;
  const read = processed.filter((r) => r.member === consumer && at(r)).length;
  return written >= 200 && read >= 200 ? true : undefined;
}

/** A person who is asked says yes, and is told no: who is at home already would process everything twice. */
async function refusedByMembers({ stage, set, home }: Cast, sinceMs: number): Promise<Decision | undefined> {
  const control = stage.cloud.controlOf(set);
  const question = await control.question(set);
  if (question?.question === 'approval') await stage.cloud.operate(set, { command: 'approve', epoch: question.epoch });
  const { phase } = (await control.readSet(set))!;
  if (phase !== 'refuge') throw new Error(`${set} is in phase ${phase}, though members of its group are at ${home}`);
  return (await control.decisions(set, 100)).find(
    ({ atMs, guards }) => atMs >= sinceMs && guards.some(({ id, holds }) => id === 'FB-nobody-home' && !holds),
  );
}

/** Something that follows takes the place of what did not. Its silence is explained, and it counts as another life. */
async function mendStragglers(cast: Cast): Promise<Kill> {
  const { stage, set, until } = cast;
  const atMs = Date.now();
  await stage.workload.mend(set);
  await until('they follow', () => followed(cast));
  return { set, atMs, forgottenMs: atMs + SESSION_MS };
}

async function followed({ stage, set, home }: Cast): Promise<true | undefined> {
  const { revision } = (await stage.cloud.controlOf(set).readSet(set))!;
  const { adopted } = stage.workload.read();
  return Object.values(deafClientsOf(home)).every((id) =>
    adopted.some(({ client, revision: taken }) => client === id && taken >= revision),
  )
    ? true
    : undefined;
}

export const LEFT_WITH_STRAGGLERS: OwnScenario = {
  id: 'NA2',
  title: "a planned move of K1's clients is held by a producer that never follows the routing, until a person mends it",
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'manual', policy: 'availability', fail: home } as const;
    return onStage({ ...options, setup: { deaf: home } }, say, async (stage) => {
      const cast = castOf(stage, say);
      const kills: Kill[] = [];
      const seen: string[] = [];
      const { round, ...marks } = await thereAndBack(cast, await beginLife(cast), async () => {
        seen.push(await held(cast));
        say(`the switchover is held: ${seen[0]}`);
        kills.push(await mendStragglers(cast));
        const { epoch } = (await stage.cloud.controlOf(cast.set).readSet(cast.set))!;
        await stage.cloud.tell(cast.set, { command: 'resume', epoch });
      });
      const run = { ...(await gatherRun(stage, options, { ...marks, rounds: [round] })), kills };
      const planned = judgePlanned(run, { leftMs: round.killedMs, returnedMs: round.restartedMs });
      return {
        problems: [...brokenPromises(run), ...planned.problems],
        seen: [...seen, ...planned.seen],
      };
    });
  },
};

/** Waits for the question; consumers are at home meanwhile. Answers what is asked. */
async function held(cast: Cast): Promise<string> {
  const { stage, set, until } = cast;
  const { sentence } = await until('the switchover is held', async () => {
    const asked = await stage.cloud.controlOf(set).question(set);
    return asked?.question === 'hold' ? asked : undefined;
  });
  if (!sentence.includes(namesOf(cast).producer)) throw new Error(`held, but: ${sentence}`);
  if ((await inPhase(cast, ['leaving'])) === undefined) throw new Error(`held, but ${set} is no longer leaving`);
  return sentence;
}
