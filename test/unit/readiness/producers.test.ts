import { expect, test } from '@jest/globals';
import { judgePreparation } from '../../../core/readiness/checks.ts';
import { readinessDocument } from '../../../core/readiness/document.ts';
import { placeOf } from '../../../core/move/facts.ts';
import { judgeReadiness } from '../../../core/move/readiness.ts';
import type { Preparation } from '../../../core/readiness/preparation.ts';
import { flowLook, outageFacts } from '../../support/builders/judgement.ts';
import { pairConfig, placedK1 } from '../../support/builders/pair.ts';
import { preparation, readinessLook } from '../../support/builders/readiness.ts';

const found = (producers: Preparation['producers'], set: object = {}) =>
  judgePreparation(preparation({ producers, place: placeOf(placedK1(pairConfig(set))) })).filter(
    ({ id }) => id === 'silent-producers',
  );

test('no producer was ever heard of and nothing is declared: what a move will do, and what to declare', () =>
  expect(found({ heardOf: false, declared: false })).toEqual([
    {
      id: 'silent-producers',
      severity: 'warns',
      cluster: 'K1',
      subject: 'clients-k1',
      sentence:
        'no producer of clients-k1 was ever heard of: a move waits until the topics that they leave stand still, and where others write to the same topics (at K2 they may) or home cannot be read, it waits in vain: a failover goes on without knowing, a switchover is held',
      fix: 'declare clientSets.clients-k1.assumeProducersAdoptedAfterSeconds, the longest that they take to follow, restart included (1 if there are none), or let them use the client library',
    },
  ]));
test('groups whose way home would be held are named', () => {
  const groups = [{ id: 'audit', mode: 'home-only' }, { id: 'billing' }, { id: 'cards', mode: 'home-only' }];
  expect(found({ heardOf: false, declared: false }, { groups })[0]?.sentence).toMatch(
    /, a switchover, and the way home of audit, cards, is held$/,
  );
});
test.each([
  ['one was heard of', { heardOf: true, declared: false }],
  ['a time is declared', { heardOf: false, declared: true }],
  ['acknowledgements could not be read', { heardOf: 'unknown', declared: false }],
] as const)('%s: nothing to say', (_story, producers) => expect(found(producers)).toEqual([]));

test.each([
  ['nothing declared', {}, ['silent-producers']],
  ['declared', { assumeProducersAdoptedAfterSeconds: 60 }, []],
] as const)('the document knows whether the set declares a time (%s)', (_story, set, ids) => {
  const config = pairConfig(set);
  const facts = outageFacts({});
  const { findings } = readinessDocument(
    config,
    placedK1(config),
    { facts, readiness: judgeReadiness(facts) },
    { flow: flowLook(), inbound: null, look: readinessLook(), seeds: [], producersHeardOf: false },
  );
  expect(findings.map(({ id }) => id).filter((id) => id === 'silent-producers')).toEqual(ids);
});
