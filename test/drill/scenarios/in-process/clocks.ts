/** M25: our own running is interrupted, or clocks are wrong. For one window nobody acts on such a picture; lag is counted in records. */
import { K2_REGION } from '../../../support/builders/pair.ts';
import { vantages } from '../../../../core/config/pair.ts';
import type { Found } from '../scenario.ts';
import { settings, together, Trial } from './trial.ts';

const TEN_MINUTES_MS = 600_000;
const HOUR_MS = 3_600_000;
/** Turns of one window: `probe.windowSamples`. */
const WINDOW = 6;

export async function clocksAndPauses(): Promise<Found> {
  return together([
    await everythingPaused(),
    await evaluatorPaused(),
    await clockJumps('the clock of the controller jumps ahead by 10 min', [K2_REGION], TEN_MINUTES_MS),
    await clockJumps('the clock of the controller jumps back by 10 min', [K2_REGION], -TEN_MINUTES_MS),
    await clockJumps('all clocks jump ahead by 10 min', vantages(settings()), TEN_MINUTES_MS),
    await clockJumps('all clocks jump back by 10 min', vantages(settings()), -TEN_MINUTES_MS),
    await producersOff('clocks of producers are 1 h ahead', HOUR_MS),
    await producersOff('clocks of producers are 1 h behind', -HOUR_MS),
    await mirrorOff("MirrorMaker 2's clock is 1 h ahead", HOUR_MS),
    await mirrorOff("MirrorMaker 2's clock is 1 h behind", -HOUR_MS),
  ]);
}

/** Nobody looks and nobody judges for ten minutes; what lies in the tables is a K1 that has been failing for 50 s. */
async function everythingPaused(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await controllers.pass(5);
  controllers.wait(600);
  await controllers.judge();
  await trial.named('paused for 10 min, on old data', { 'cluster:K1': 'UNKNOWN', 'cluster:K2': 'UNKNOWN' });
  await trial.quiet('the window after the pause', WINDOW);
  await controllers.pass(12);
  await trial.moves('K1 is dead for two more minutes', 'clients-k1');
  return trial;
}

/** Probes have seen K1 dead all the time; the evaluator has not seen them do so. */
async function evaluatorPaused(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  for (let i = 0; i < 60; i += 1) {
    controllers.wait(10);
    await controllers.look();
  }
  await trial.quiet('the evaluator comes back after 10 min', WINDOW);
  await trial.named('the window after', { 'cluster:K1': 'SUSPECTED_DOWN' });
  await controllers.pass(2);
  await trial.moves('the window is over', 'clients-k1');
  return trial;
}

/** K1 has failed for 90 s, one look short of a confirmation, when the clock jumps; 10 s later it serves again. */
async function clockJumps(what: string, regions: readonly string[], byMs: number): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await controllers.pass(9);
  for (const region of regions) controllers.aheadMs.set(region, byMs);
  await trial.quiet(what, 1);
  controllers.pair.k1.isUp = true;
  await trial.quiet(`${what}, K1 serves`, WINDOW + 12);
  controllers.aheadMs.clear();
  await trial.quiet(`${what}, and is put right`, WINDOW);
  // What was written by a clock that was ahead lies in the future until then.
  controllers.wait(600);
  await trial.quiet(`${what}, and is put right`, WINDOW + 1);
  await trial.named(`${what}, and is put right`, { 'cluster:K1': 'HEALTHY', 'cluster:K2': 'HEALTHY' });
  return trial;
}

/** 5 looks without a copy leave 100 records: by their own times an hour old, or not yet written. */
async function producersOff(what: string, byMs: number): Promise<Trial> {
  const trial = await Trial.begin(settings({ replication: { lagLimitRecords: 100 } }));
  const { controllers } = trial;
  controllers.pair.producersAheadMs = byMs;
  await controllers.pass(3);
  await trial.lags(what, 'flow:K1->K2', { kind: 'HEALTHY', records: '0' });
  controllers.pair.copiesAtOnce = 0;
  await controllers.pass(5);
  await trial.lags(`${what}, nothing is copied for 5 looks`, 'flow:K1->K2', { kind: 'HEALTHY', records: '100' });
  await controllers.pass(1);
  await trial.lags(`${what}, for 6 looks`, 'flow:K1->K2', { kind: 'REPLICATION_LAGGING', records: '120' });
  await trial.named(what, { 'cluster:K1': 'HEALTHY', 'cluster:K2': 'HEALTHY' });
  await trial.quiet(what, WINDOW);
  return trial;
}

/** Heartbeats carry that clock's time: replication can tell nothing about K1 then, and K1 itself is seen as well as before. */
async function mirrorOff(what: string, byMs: number): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.mirrorAheadMs = byMs;
  await trial.quiet(what, WINDOW + 12);
  await trial.named(what, { 'cluster:K1': 'HEALTHY', 'cluster:K2': 'HEALTHY' });
  return trial;
}
