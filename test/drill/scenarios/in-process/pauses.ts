/** M46: a person pauses or approves while things happen. What comes of it follows from how things stand, not from the news of it. */
import type { Found } from '../scenario.ts';
import { together, Trial } from './trial.ts';

const SET = 'clients-k1';
/** Looks until a K1 that has died is suspected, and until it is confirmed down. */
const SUSPECTED = 6;
const CONFIRMED = 10;
/** In minutes, with six looks each. */
const minutes = (count: number): number => count * 6;

export async function pausesAndApprovals(): Promise<Found> {
  return together([
    await pausedWhileSuspected(),
    await pauseTakenBack(),
    await pausedInMidEpoch(),
    await approvedTwice(),
    await approvedAfterRecovery(),
  ]);
}

/** The pause begins before the outage is confirmed and ends long after: its end is no news, and the outage is none any more. */
async function pausedWhileSuspected(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await controllers.pass(SUSPECTED);
  await trial.named('K1 dead for 60 s', { 'cluster:K1': 'SUSPECTED_DOWN' });
  await controllers.operate(SET, { command: 'pause', reason: 'works on the network', minutes: 5 });
  await trial.quiet('paused for 5 min', minutes(5) - 1);
  await trial.named('paused, K1 dead for 6 min', { 'cluster:K1': 'CONFIRMED_DOWN' });
  trial.refusedBy('paused', 'G7');
  await controllers.pass(minutes(1) + 1);
  await trial.moves('a minute after the pause, K1 dead all the time', SET);
  return trial;
}

/** A pause of the whole pair that a person ends early, with K1 confirmed down for minutes. */
async function pauseTakenBack(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  await controllers.operate(SET, { command: 'pause', clientSet: undefined, reason: 'a release', minutes: 600 });
  controllers.pair.k1.isUp = false;
  await trial.quiet('the pair is paused, K1 dead for 5 min', minutes(5));
  await trial.named('the pair is paused', { 'cluster:K1': 'CONFIRMED_DOWN' });
  await controllers.operate(SET, { command: 'unpause', clientSet: undefined });
  await controllers.pass(minutes(1));
  await trial.moves('a minute after the pause was ended', SET);
  return trial;
}

/** A claim that has published nothing is given up; nothing starts while the pause stands; afterwards the outage does. */
async function pausedInMidEpoch(): Promise<Trial> {
  const trial = await Trial.begin();
  const { controllers } = trial;
  controllers.pair.k1.isUp = false;
  await controllers.pass(CONFIRMED);
  await trial.moves('K1 dead for 100 s', SET);
  await controllers.operate(SET, { command: 'pause', reason: 'wait for me', minutes: 5 });
  trial.is('paused after the claim, taken up before it publishes', (await controllers.goOn(SET)).kind, 'aborted');
  await controllers.abort(SET);
  await controllers.pass(minutes(5) - 1);
  trial.is('paused: epochs', (await controllers.state(SET)).epoch, 1);
  await controllers.pass(minutes(1) + 1);
  const { epoch, open } = await controllers.state(SET);
  trial.is('a minute after the pause: the open epoch', [epoch, open?.approval], [2, 'not-needed']);
  return trial;
}

/** K1 is lost while its set is in mode approve. */
async function asking(): Promise<Trial> {
  const trial = await Trial.begin();
  await trial.controllers.operate(SET, { command: 'mode', mode: 'approve', reason: 'new on call' });
  trial.controllers.pair.k1.isUp = false;
  await trial.controllers.pass(CONFIRMED);
  await trial.stands('a person is asked', 'asking');
  return trial;
}

/** One approval opens the way, a second one says so and changes nothing. */
async function approvedTwice(): Promise<Trial> {
  const trial = await asking();
  const { controllers } = trial;
  await controllers.pass(minutes(10));
  trial.is('approved ten minutes late, K1 dead all the time', (await controllers.approve(SET, 'ada')).kind, 'claimed');
  const once = await controllers.state(SET);
  trial.is('approved by the next person', (await controllers.approve(SET, 'bo')).kind, 'claimed');
  const twice = await controllers.state(SET);
  trial.is('who approved', [once.open?.approvedBy, twice.open?.approvedBy, twice.epoch], ['ada', 'ada', 1]);
  return trial;
}

/** The question was left unanswered until K1 was well again. */
async function approvedAfterRecovery(): Promise<Trial> {
  const trial = await asking();
  const { controllers } = trial;
  controllers.pair.k1.isUp = true;
  await controllers.pass(minutes(12));
  await trial.named('K1 serves for 12 min', { 'cluster:K1': 'HEALTHY' });
  const { kind, sentence } = await controllers.approve(SET, 'ada');
  trial.is('approved then', kind, 'aborted');
  trial.is('and says why', /cluster:K1 is HEALTHY|K1 is HEALTHY/.test(sentence), true);
  trial.is('revision', (await controllers.state(SET)).revision, 1);
  return trial;
}
