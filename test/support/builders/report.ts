/** The report of the good run in small, and a way to damage the run before it is reported. */
import type { PairConfig } from '../../../core/config/schema.ts';
import { checkRun } from '../../drill/checker/invariants.ts';
import type { LagPoint } from '../../drill/observer.ts';
import { drillPair } from '../../drill/pair.ts';
import { buildReport } from '../../drill/report/build.ts';
import type { Report } from '../../drill/report/shape.ts';
import { goodRun, twoRounds } from './run.ts';
import type { MutableRun } from './run.ts';

export const drillConfig = (): PairConfig =>
  drillPair(
    { trigger: 'automatic', policy: 'availability' },
    { clients: { K1: ['127.0.0.1:19092'], K2: ['127.0.0.1:29092'] } },
  );

/** K1 is unreadable at 20 s, between its kill and its return. */
const CURVES: readonly LagPoint[] = [
  { atMs: 9_000, lag: { 'K1 billing orders': 2, 'K2 billing orders': 0, 'K2 billing K1.orders': 3 } },
  { atMs: 20_000, lag: { 'K2 billing orders': 0, 'K2 billing K1.orders': 2 } },
  { atMs: 45_000, lag: { 'K1 billing orders': 1, 'K2 billing orders': 0, 'K2 billing K1.orders': 0 } },
];

export function goodReport(damage: (run: MutableRun) => void = () => undefined): Report {
  const run = goodRun();
  damage(run);
  return reportOf(run);
}

export const reportOfTwoRounds = (): Report => reportOf(twoRounds());

const reportOf = (run: MutableRun): Report =>
  buildReport({
    run,
    verdict: checkRun(run),
    curves: CURVES,
    config: drillConfig(),
    options: {
      trigger: 'automatic',
      fail: 'K1',
      policy: 'availability',
      naive: false,
      rounds: run.rounds.length,
      wide: false,
      exactlyOnce: false,
    },
    took: [['cdk deploy, three regions', 12.5]],
    nowMs: Date.UTC(2026, 10, 22, 10),
  });
