/** What a scenario allows, and that its row in the documentation says the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readOptions } from '../../drill/options.ts';
import { BadOption } from '../../drill/typed.ts';
import { checkRun } from '../../../test/drill/checker/invariants.ts';
import { unrestIn } from '../../../test/drill/scenarios/calm.ts';
import { SCENARIOS } from '../../../test/drill/scenarios/list.ts';
import { failoversOf, movedAgainst } from '../../../test/drill/scenarios/outcome.ts';
import { titleFrom } from '../../../test/drill/scenarios/play.ts';
import { onlySince, withoutTail } from '../../../test/drill/scenarios/way-home.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import { goodRun } from '../../support/builders/run.ts';
import { pairConfig, stateOf } from '../../support/builders/pair.ts';

const setState = (changes: Partial<SetState>) => stateOf(pairConfig(), changes);

const docs = readFileSync('docs/drills.md', 'utf8').split('\n');

test.each(SCENARIOS.map(({ id, title }) => [id, title]))('%s is documented as it is played: %s', (id, title) => {
  expect(docs.filter((line) => line.startsWith(`| ${id} |`)).map((line) => line.split('|')[2]?.trim())).toEqual([
    title,
  ]);
});

test('no documented scenario is missing from the list', () => {
  const documented = docs.flatMap((line) => /^\| (M\d\d[a-z-]*|[A-Z]{2}\d) \|/.exec(line)?.[1] ?? []);
  expect(documented).toEqual(SCENARIOS.map(({ id }) => id));
});

test('played the other way round, clusters change places in the title', () => {
  const title = 'K1 is lost and back, then K2 dies';
  expect(titleFrom({ title }, 'K2')).toBe('K2 is lost and back, then K1 dies');
});

const changed = (before: Partial<SetState>, now: Partial<SetState>, failovers = 0) => ({
  before: setState(before),
  now: setState(now),
  failovers,
});
const NOTHING = { kind: 'nothing' } as const;

test('a revision that was published although nothing is allowed is told', () => {
  expect(movedAgainst(NOTHING, 'clients-k1', changed({ revision: 1 }, { revision: 2 }))).toEqual([
    'clients-k1 got revision 2 (before: 1)',
  ]);
});

test('an epoch that was opened although nothing is allowed is told', () => {
  expect(movedAgainst(NOTHING, 'clients-k1', changed({ epoch: 1 }, { epoch: 2 }))).toEqual([
    '1 epochs of clients-k1 were opened',
  ]);
});

test('a question about one set allows no epoch of the other', () => {
  const asks = { kind: 'asks', set: 'clients-k1' } as const;
  expect(movedAgainst(asks, 'clients-k1', changed({ epoch: 1 }, { epoch: 2 }))).toEqual([]);
  expect(movedAgainst(asks, 'clients-k2', changed({ epoch: 1 }, { epoch: 2 }))).toHaveLength(1);
});

test('a question allows no revision', () => {
  const asks = { kind: 'asks', set: 'clients-k1' } as const;
  expect(movedAgainst(asks, 'clients-k1', changed({ revision: 1 }, { revision: 2 }))).toHaveLength(1);
});

test('one failover of the set that is to move is no ping-pong, two are', () => {
  const once = { kind: 'fails-over', set: 'clients-k1' } as const;
  expect(movedAgainst(once, 'clients-k1', changed({ epoch: 1 }, { epoch: 2, revision: 9 }, 1))).toEqual([]);
  expect(movedAgainst(once, 'clients-k1', changed({ epoch: 1 }, { epoch: 3 }, 2))).toEqual([
    '2 failovers of clients-k1 were published',
    '2 epochs of clients-k1 were opened',
  ]);
});

test('a failover of one set allows none of the other', () => {
  const once = { kind: 'fails-over', set: 'clients-k1' } as const;
  expect(movedAgainst(once, 'clients-k2', changed({ epoch: 1 }, { epoch: 2, revision: 9 }, 1))).toHaveLength(3);
});

test('where home flaps, the way home may be asked for, and a second failover is still one too many', () => {
  const flapping = { kind: 'fails-over', set: 'clients-k1', homeFlaps: true } as const;
  expect(movedAgainst(flapping, 'clients-k1', changed({ epoch: 1 }, { epoch: 4 }, 1))).toEqual([]);
  expect(movedAgainst(flapping, 'clients-k1', changed({ epoch: 1 }, { epoch: 4 }, 2))).toHaveLength(1);
});

test('a failover is counted once, in whichever regions and revisions it was seen', () => {
  const value = { set: 'clients-k1', region: 'eu-west-1', revision: 3, atMs: 1_000 };
  const at = { producers: { cluster: 'K2', state: 'active' }, consumers: { cluster: 'K2', read: 'remote' } };
  const seen = [
    { ...value, ...at, epoch: 1, phase: 'draining' as const },
    { ...value, ...at, epoch: 2, phase: 'draining' as const },
    { ...value, ...at, epoch: 2, phase: 'draining' as const, region: 'eu-central-1' },
    { ...value, ...at, epoch: 2, phase: 'refuge' as const, revision: 4 },
    { ...value, ...at, epoch: 3, phase: 'returning' as const, revision: 5 },
  ];
  expect(failoversOf(seen, 'clients-k1', 1)).toBe(1);
  expect(failoversOf(seen, 'clients-k2', 0)).toBe(0);
});

test('calm is that everything is HEALTHY, everybody home and nothing open; what is not so is named', () => {
  const healthy = new Map([['cluster:K1', 'HEALTHY']]);
  const home = setState({ phase: 'home' });
  expect(unrestIn(healthy, new Map([['clients-k1', home]]))).toEqual([]);
  expect(unrestIn(new Map([['flow:K1->K2', undefined]]), new Map([['clients-k1', null]]))).toEqual([
    'flow:K1->K2 is not judged',
    'clients-k1 is not known',
  ]);
  expect(unrestIn(new Map([['cluster:K1', 'DEGRADED']]), new Map())).toEqual(['cluster:K1 is DEGRADED']);
  expect(unrestIn(healthy, new Map([['clients-k1', setState({ phase: 'refuge' })]]))).toEqual(['clients-k1 is refuge']);
});

test('an open epoch is no calm, though everybody is home', () => {
  const asking = setState({ phase: 'home', open: { epoch: 3 } as SetState['open'] });
  expect(unrestIn(new Map(), new Map([['clients-k1', asking]]))).toEqual(['epoch 3 of clients-k1 is open']);
});

test('a failover that was to leave records behind and left none proves nothing about them', () => {
  const outcome = { kind: 'fails-over', set: 'clients-k1', leavesTail: true } as const;
  const verdict = checkRun(goodRun());
  expect(withoutTail(outcome, verdict)).toEqual([]);
  const none = { facts: { ...verdict.facts, tail: new Set<string>() } };
  expect(withoutTail(outcome, none)).toEqual(['no record was left behind, so P2 was not tried']);
  expect(withoutTail({ kind: 'fails-over', set: 'clients-k1' }, none)).toEqual([]);
});

test('what was sent before the last judgement is left out with all that became of it', () => {
  const run = goodRun();
  const [first] = run.produced;
  const later = onlySince(run, first!.atMs + 1);
  expect(later.produced).not.toContain(first);
  expect(later.processed.filter(({ producer, seq }) => producer === first!.producer && seq === first!.seq)).toEqual([]);
  expect(later.produced.length).toBeGreaterThan(0);
});

test('a record that nobody sent stays in what is judged', () => {
  const run = goodRun();
  const strange = { ...run.processed[0]!, producer: 'nobody', seq: 1 };
  const later = onlySince({ ...run, processed: [...run.processed, strange] }, Number.MAX_SAFE_INTEGER);
  expect(later.processed).toEqual([strange]);
});

test('an unknown scenario is refused with the ones there are', () => {
  expect(() => readOptions(['--scenario', 'flood'])).toThrow(
    new BadOption(`--scenario is "flood"; allowed: ${SCENARIOS.map(({ id }) => id).join(', ')}, all`),
  );
});

test('a scenario has a story of its own, so it goes without the options of the story', () => {
  expect(() => readOptions(['--scenario', 'M08', '--policy', 'per-key'])).toThrow(
    new BadOption('--scenario goes without --policy: leave one of them out'),
  );
});

test('"all" is every scenario that was seen to pass, in the order of the list', () => {
  const proven = SCENARIOS.filter(({ draft }) => draft !== true).map(({ id }) => id);
  expect(readOptions(['--scenario', 'all']).scenarios).toEqual(proven);
});

test('a draft is played by its name, and documented as one', () => {
  const drafts = SCENARIOS.filter(({ draft }) => draft === true).map(({ id }) => id);
  const marked = docs.flatMap((line) => /^\| (M\d\d[a-z-]*|[A-Z]{2}\d) \|.*\(draft\) \|$/.exec(line)?.[1] ?? []);
  expect(marked).toEqual(drafts);
  expect(drafts.flatMap((id) => readOptions(['--scenario', id]).scenarios)).toEqual(drafts);
});
