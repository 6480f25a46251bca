/** M24: probers whose writes stop. What they wrote last says nothing about now. */
import type { Found } from '../scenario.ts';
import { together, Trial } from './trial.ts';

const UNKNOWN = {
  'cluster:K1': 'UNKNOWN',
  'cluster:K2': 'UNKNOWN',
  'flow:K1->K2': 'UNKNOWN',
  'flow:K2->K1': 'UNKNOWN',
};

export async function frozenFeed(): Promise<Found> {
  return together([await atHealthy(), await atSuspected(), await atConfirmed()]);
}

/** Everything looked fine; then K1 dies unseen. Once somebody looks again, its clients move. */
async function atHealthy(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await judgeBlindly(trial, 18);
  await trial.named('frozen at healthy for 3 min', UNKNOWN);
  await trial.askAnyway();
  await trial.stands('frozen at healthy');
  await controllers.pass(24);
  await trial.moves('looks again for 4 min', 'clients-k1');
  return trial;
}

/** The last look is one short of a confirmation: the time that passes afterwards confirms nothing. */
async function atSuspected(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await controllers.pass(9);
  await trial.named('K1 dead for 90 s', { 'cluster:K1': 'SUSPECTED_DOWN' });
  await judgeBlindly(trial, 18);
  await trial.named('frozen at suspected for 3 min', UNKNOWN);
  await trial.askAnyway();
  await trial.stands('frozen at suspected');
  return trial;
}

/** The outage was confirmed, and its event is late: by then nobody knows whether it still stands. */
async function atConfirmed(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await controllers.pass(9);
  controllers.wait(10);
  await controllers.look();
  await controllers.judge();
  await trial.named('K1 dead for 100 s', { 'cluster:K1': 'CONFIRMED_DOWN' });
  await judgeBlindly(trial, 18, 'rules are late');
  await trial.named('frozen at confirmed for 3 min', UNKNOWN);
  await controllers.followRules();
  await trial.stands('frozen at confirmed, then the event');
  return trial;
}

/** Probers write nothing; the evaluator goes on. */
async function judgeBlindly({ controllers }: Trial, turns: number, rules?: 'rules are late'): Promise<void> {
  for (let i = 0; i < turns; i += 1) {
    controllers.wait(10);
    await controllers.judge();
    if (rules === undefined) await controllers.followRules();
  }
}
