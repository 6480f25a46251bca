/** A naive run is judged by the same logs, and never credited with what only a deployed system promises. */
import { expect, test } from '@jest/globals';
import { checkRun } from '../../drill/checker/invariants.ts';
import { isMeaningful } from '../../drill/checker/meaningful.ts';
import { readOptions } from '../../drill/options.ts';
import { BadOption } from '../../drill/typed.ts';
import { notComparable, sideBySide } from '../../drill/report/side-by-side.ts';
import { goodReport } from '../../support/builders/report.ts';
import { KILLED, goodRun } from '../../support/builders/run.ts';

const naiveRun = () => ({ ...goodRun(), naive: true });

test('promises that need the deployed system do not apply, and are not counted as holding', () => {
  const out = checkRun(naiveRun()).findings.filter((f) => !f.applies);
  expect(out.map((f) => [f.id, f.holds])).toEqual([
    ['P6', false],
    ['P7', false],
    ['P8', false],
    ['P10', false],
    ['P11', false],
  ]);
});

test('with a deployed system every promise applies', () => {
  expect(checkRun(goodRun()).findings.every((f) => f.applies)).toBe(true);
});

test('a record that the naive consumers skipped is lost there as anywhere', () => {
  const run = naiveRun();
  run.processed.splice(1, 1);
  expect(checkRun(run).findings.find((f) => f.id === 'P1')).toMatchObject({ applies: true, holds: false });
});

test('a naive run in which nobody read a remote topic still proves something', () => {
  const run = naiveRun();
  run.processed = run.processed.filter((r) => !r.topic.startsWith('K1.'));
  const { facts, counts } = checkRun(run);
  expect(isMeaningful(run, facts, counts)).toEqual([]);
});

test('a naive run in which everything copied was processed before the kill proves nothing', () => {
  const run = naiveRun();
  for (const r of run.processed) if (r.topic.startsWith('K1.')) Object.assign(r, { atMs: KILLED - 1 });
  const { facts, counts } = checkRun(run);
  expect(isMeaningful(run, facts, counts)).toContain('no replicated record was left to process when home was killed');
});

test('without --naive the run is the system’s, its report in drill-report', () => {
  expect(readOptions([])).toMatchObject({ naive: false, trigger: 'automatic', report: 'drill-report' });
});

test('with --naive a person starts it, and the report has a folder of its own', () => {
  expect(readOptions(['--naive', '--fail', 'K2'])).toMatchObject({
    naive: true,
    trigger: 'manual',
    fail: 'K2',
    report: 'drill-report/naive',
  });
});

test('an automatic naive run is refused with the value and what is allowed', () => {
  expect(() => readOptions(['--naive', '--trigger', 'alarm'])).toThrow(
    new BadOption('--trigger is "alarm"; with --naive only "manual" makes sense: leave the option out'),
  );
});

test('both results stand side by side, group by group', () => {
  const system = goodReport();
  const naive = goodReport((run) => void run.processed.splice(1, 1));
  const rows = sideBySide(naive, system)
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
  expect(rows[0]).toEqual(['by hand', 'mm2-failover']);
  expect(rows).toContainEqual(['lost', '1', '0']);
  expect(rows).toContainEqual(['owed', '6', '6']);
});

test('a system’s run with the same cluster lost is comparable', () => {
  expect(notComparable(goodReport(), goodReport())).toBeUndefined();
});

test('a run in which the other cluster was lost is not put beside it, and the command for the right one is named', () => {
  const naive = { ...goodReport(), options: { ...goodReport().options, naive: true, fail: 'K2' } };
  expect(notComparable(naive, goodReport())).toBe(
    'The newest run of mm2-failover lost K1, this one K2: run `npm run drill -- --fail K2`, and the next naive run prints both results side by side.',
  );
});

test('without any run of the system the command for one is named', () => {
  const naive = { ...goodReport(), options: { ...goodReport().options, naive: true, fail: 'K2' } };
  expect(notComparable(naive, undefined)).toBe(
    'Run `npm run drill -- --fail K2` as well, and the next naive run prints both results side by side.',
  );
});
