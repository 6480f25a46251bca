/** What a scenario allows, and that its row in the documentation says the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { BadOption, readOptions } from '../../../test/drill/options.ts';
import { SCENARIOS } from '../../../test/drill/scenarios/list.ts';
import { movedAgainst } from '../../../test/drill/scenarios/play.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import { pairConfig, stateOf } from '../../support/builders/pair.ts';

const setState = (changes: Partial<SetState>) => stateOf(pairConfig(), changes);

const docs = readFileSync('docs/drills.md', 'utf8').split('\n');

test.each(SCENARIOS.map(({ id, title }) => [id, title]))('%s is documented as it is played: %s', (id, title) => {
  expect(docs.filter((line) => line.startsWith(`| ${id} |`)).map((line) => line.split('|')[2]?.trim())).toEqual([
    title,
  ]);
});

test('no documented scenario is missing from the list', () => {
  const documented = docs.flatMap((line) => /^\| (M\d\d) \|/.exec(line)?.[1] ?? []);
  expect(documented).toEqual(SCENARIOS.map(({ id }) => id));
});

test('a revision that was published although nothing is allowed is told', () => {
  expect(movedAgainst({ kind: 'nothing' }, 'clients-k1', setState({ revision: 1 }), setState({ revision: 2 }))).toEqual(
    ['clients-k1 got revision 2 (before: 1)'],
  );
});

test('an epoch that was opened although nothing is allowed is told', () => {
  expect(movedAgainst({ kind: 'nothing' }, 'clients-k1', setState({ epoch: 1 }), setState({ epoch: 2 }))).toEqual([
    '1 epochs of clients-k1 were opened',
  ]);
});

test('a question about one set allows no epoch of the other', () => {
  const asks = { kind: 'asks', set: 'clients-k1' } as const;
  expect(movedAgainst(asks, 'clients-k1', setState({ epoch: 1 }), setState({ epoch: 2 }))).toEqual([]);
  expect(movedAgainst(asks, 'clients-k2', setState({ epoch: 1 }), setState({ epoch: 2 }))).toHaveLength(1);
});

test('one failover of at most one is no ping-pong, two are', () => {
  const once = { kind: 'at-most', failovers: 1 } as const;
  expect(movedAgainst(once, 'clients-k1', setState({ epoch: 1 }), setState({ epoch: 2, revision: 9 }))).toEqual([]);
  expect(movedAgainst(once, 'clients-k1', setState({ epoch: 1 }), setState({ epoch: 3 }))).toHaveLength(1);
});

test('an unknown scenario is refused with the ones there are', () => {
  expect(() => readOptions(['--scenario', 'M99'])).toThrow(
    new BadOption(`--scenario is "M99"; allowed: ${SCENARIOS.map(({ id }) => id).join(', ')}, all`),
  );
});

test('a scenario has a story of its own, so it goes without the options of the story', () => {
  expect(() => readOptions(['--scenario', 'M08', '--fail', 'K2'])).toThrow(
    new BadOption('--scenario goes without --fail: leave one of them out'),
  );
});

test('"all" is every scenario, in the order of the list', () => {
  expect(readOptions(['--scenario', 'all']).scenarios).toEqual(SCENARIOS.map(({ id }) => id));
});
