/**
 * The default story, act by act: normal life, outage with a tail, failover, drain, cutover, recovery, failback, normal life;
 * with more rounds the same again, on the same clusters and with the same clients.
 */
import type { Marks, Round } from './checker/records.ts';
import {
  arriveAtRefuge,
  arriveHome,
  beginLife,
  castOf,
  endLife,
  killWithATail,
  lagBehind,
  restartHome,
} from './acts.ts';
import type { Cast, Director } from './acts.ts';
import { clusterOf } from './stage.ts';
import type { Stage } from './stage.ts';
import { endsOf } from './observer.ts';
import { processedUpTo } from './looks.ts';
import type { DrillOptions } from './drill-options.ts';
import { TOPICS, alarmOf } from './pair.ts';

export interface Acts extends Marks {
  readonly rounds: readonly Round[];
}

export async function play(stage: Stage, options: DrillOptions, director: Director): Promise<Acts> {
  const cast = castOf(stage, director);
  const startedMs = await beginLife(cast);
  director.say('normal life: producers and consumers on both sides');
  const rounds: Round[] = [];
  while (rounds.length < options.rounds) {
    if (rounds.length > 0) await settleDown(cast);
    rounds.push(await playRound(cast, options));
  }
  return { startedMs, endedMs: await endLife(cast), rounds };
}

/** From consumers that lag to clients that work at home again. */
async function playRound(cast: Cast, options: DrillOptions): Promise<Round> {
  const fromMs = Date.now();
  await lagBehind(cast, fromMs);
  const killedMs = await killWithATail(cast);
  await trigger(cast, options);
  const patience = options.interrupt ? 4 : 1; // each take-up waits for the next round of reconcile
  const remoteEnds = await arriveAtRefuge(cast, killedMs, patience);
  await cast.pause(`start ${cast.home} again`);
  const restartedMs = await restartHome(cast);
  await arriveHome(cast, { patience });
  return { fromMs, killedMs, restartedMs, remoteEnds };
}

/**
 * Between two rounds. The tail is processed at home: left over for the next outage, its records would be copied by then and
 * no tail any more. And a person takes note of the failover that ran alone, which lifts the cooldown.
 */
async function settleDown({ stage, home, set, until, say }: Cast): Promise<void> {
  const held = await endsOf(clusterOf(stage.world, home), TOPICS);
  await until(`what ${home} held is processed there`, () => processedUpTo(stage, home, held));
  const { kind } = await stage.cloud.tell(set, { command: 'acknowledge-cooldown', note: 'the outage is understood' });
  say(
    kind === 'done'
      ? `normal life again; a person acknowledges the automatic failover of ${set}, so that the next outage may move it at once`
      : 'normal life again',
  );
}

async function trigger({ stage, set, home, until }: Cast, options: DrillOptions): Promise<void> {
  const control = stage.cloud.controlOf(set);
  const epoch = async () => (await control.readSet(set))?.epoch ?? 0;
  const before = await epoch();
  if (options.trigger === 'alarm') await stage.cloud.raiseAlarm(alarmOf(home), set);
  if (options.trigger === 'manual') {
    await until(`${home} is judged down`, async () =>
      (await control.verdict(`cluster:${home}`))?.kind === 'CONFIRMED_DOWN' ? true : undefined,
    );
    await stage.cloud.startExecution('failover', set, { reason: 'drill: a person starts it', requestedBy: 'drill' });
  }
  await until(`a failover of ${set} is claimed`, async () => (await epoch()) > before || undefined);
}
