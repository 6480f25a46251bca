/** A series passes only where each drill's exit code and report agree; everything else says why. */
import { expect, test } from '@jest/globals';
import { outcomeLine, outcomeOf, outcomeTable } from '../../drill/report/series-table.ts';
import type { Ended } from '../../drill/report/series-table.ts';
import { goodReport } from '../../support/builders/report.ts';

const ended = (change: Partial<Ended> = {}): Ended => ({
  name: 'manual-K1-per-key',
  seconds: 118.4,
  code: 0,
  ended: 'itself',
  report: goodReport(),
  log: 'Drill\nPASSED: 0 lost\n',
  ...change,
});
const lossy = goodReport((run) => void run.processed.splice(1, 1));

test.each([
  ['exit code 0 and a good report', {}, 'passed', ''],
  ['a broken promise', { code: 1, report: lossy }, 'failed', 'P1 (billing never processed p1#1)'],
  ['exit code 0 over a report that failed', { code: 0, report: lossy }, 'failed', 'P1 (billing never processed p1#1)'],
  ['exit code 1 over a report that is good', { code: 1 }, 'failed', 'the report is good, but the exit code was 1'],
  [
    'no report: the drill says why',
    { code: 1, report: undefined, log: 'x\nFAILED: a failover is claimed: not within 60 s\nLogs: here\n' },
    'failed',
    'FAILED: a failover is claimed: not within 60 s',
  ],
  ['no report and no word', { code: 2, report: undefined, log: '' }, 'failed', 'it printed nothing'],
  ['ended by a person, whatever it wrote', { ended: 'stopped', code: 130 }, 'stopped', 'stopped by Ctrl-C'],
  [
    'ended because it hung',
    { ended: 'late', code: 130, report: undefined, seconds: 480, log: 'waiting for the drain\n' },
    'late',
    'took longer than 480 s; ended at: waiting for the drain',
  ],
] as const)('%s', (_story, change, kind, why) => {
  const outcome = outcomeOf(ended(change));
  expect(outcome.kind).toBe(kind);
  expect(outcome.why).toContain(why);
});

test('a line for one drill', () => {
  expect(outcomeLine(outcomeOf(ended()))).toBe('passed after 118 s: 0 lost of 6');
});

test('the table counts what passed and what was never started', () => {
  const table = outcomeTable(
    [outcomeOf(ended()), outcomeOf(ended({ name: 'alarm-K2-availability', code: 1, report: lossy }))],
    12,
  );
  expect(table).toContain('1 of 12 passed, 10 not started.');
  expect(table).toMatch(/^alarm-K2-availability +FAILED +118 s +6 +1 /m);
  expect(table).toContain('alarm-K2-availability: P1 (billing never processed p1#1)');
});

test('every row of the table is as wide as its head', () => {
  const [head = '', row = ''] = outcomeTable([outcomeOf(ended())], 1).split('\n');
  expect(row).toHaveLength(head.length);
});
