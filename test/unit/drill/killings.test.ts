/** A run with `--kill-clients`: what counts as killed in each phase, and what the checker grants for it. */
import { expect, test } from '@jest/globals';
import { gaps } from '../../drill/checker/gaps.ts';
import { duplicateBound } from '../../drill/checker/repetitions.ts';
import { WHEN_PLANNED, killingProblems } from '../../drill/killings.ts';
import { readOptions } from '../../drill/options.ts';
import { Backlog, recordOf } from '../../drill/workload/making.ts';
import { goodRun } from '../../support/builders/run.ts';

const PHASES = ['home is lost', 'draining', 'refuge', 'returning', 'home'].map((when) => ({ when }));

test('a run without --kill-clients owes no kill', () => {
  expect(killingProblems(undefined)).toEqual([]);
});

test('a run that killed in each phase proves what it says', () => {
  expect(killingProblems(PHASES)).toEqual([]);
});

test('a phase in which nobody was killed is named', () => {
  expect(killingProblems(PHASES.filter(({ when }) => when !== 'draining'))).toEqual([
    'No client was killed in "draining".',
  ]);
});

test('a planned move has phases of its own', () => {
  expect(killingProblems(PHASES, WHEN_PLANNED)).toEqual(['No client was killed in "leaving".']);
});

test('clients that a person moves by hand are not killed', () => {
  expect(() => readOptions(['--naive', '--kill-clients'])).toThrow('--naive goes without --kill-clients');
});

test('a silence that no routing value explains is explained by a kill whose dead members the group still waits for', () => {
  const run = goodRun();
  run.produced.push(
    { ...run.produced.at(-1)!, seq: 90, atMs: 63_000 },
    { ...run.produced.at(-1)!, seq: 91, atMs: 69_000 },
  );
  const silence = (kills: typeof run.kills) =>
    gaps({ ...run, ...(kills && { kills }) }).find(({ fromMs, toMs }) => fromMs === 63_000 && toMs === 69_000);
  expect(silence(undefined)?.explainedBy).toBeUndefined();
  expect(silence([{ set: 'clients-k1', atMs: 53_500, forgottenMs: 61_500 }])?.explainedBy).toBe(
    'the clients of clients-k1 were killed',
  );
});

test('each life of a member may repeat what it had in flight', () => {
  const run = { ...goodRun(), inFlightPerMember: 20 };
  const plain = duplicateBound(run, 'billing', 0);
  const members = new Set(
    run.processed.filter((r) => r.group === 'billing' && r.set === 'clients-k1').map((r) => r.member),
  );
  const kills = [30_000, 40_000].map((atMs) => ({ set: 'clients-k1', atMs, forgottenMs: atMs + 8_000 }));
  expect(duplicateBound({ ...run, kills }, 'billing', 0) - plain).toBe(2 * 20 * members.size);
});

test('a new life of a producer numbers its records behind the last one, in the same topics and keys, and sends no old burst', () => {
  const spec = { topics: ['orders', 'payments'], rate: 1_000 } as unknown as ConstructorParameters<typeof Backlog>[0];
  const backlog = new Backlog(spec, { id: 'p1a', firstSeq: 501 }, () => ({ producing: true, speed: 'fast', burst: 3 }));
  backlog.make(2);
  expect(backlog.next()).toEqual([recordOf(spec, 'p1a', 501), recordOf(spec, 'p1a', 502)]);
  expect(recordOf(spec, 'p1a', 501)).toEqual({ topic: 'payments', key: 'p1a-1', seq: 501 });
});
