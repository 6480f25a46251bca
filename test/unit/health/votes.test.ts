import { expect, test } from '@jest/globals';
import { voteOf } from '../../../core/health/votes.ts';
import { brokenAt, wholeLadder } from '../../support/builders/judgement.ts';

test('the whole ladder held: the vantage votes up', () => {
  expect(voteOf(wholeLadder())).toEqual({ kind: 'up', atMs: 1_795_341_600_000 });
});

test.each([
  ['connection refused', 'tcp', 'transport-failure', 'down'],
  ['silence after the connect, as from a stopped process', 'api-versions', 'transport-failure', 'down'],
  ['no controller', 'metadata', 'service-failure', 'down'],
  ['no canary partition takes a record', 'canary-write', 'service-failure', 'down'],
  ['records are taken but cannot be read', 'canary-read', 'service-failure', 'partial'],
  ['records are taken but positions cannot be committed', 'group-commit', 'transport-failure', 'partial'],
  ['the name does not resolve', 'dns', 'prober-fault-dns', 'abstain'],
  ['our certificate has expired', 'tls', 'prober-fault-tls', 'abstain, alive'],
  ["the server's certificate has expired", 'tls', 'config-fault-server-cert', 'abstain, alive'],
  ['our password is wrong', 'sasl', 'prober-fault-auth', 'abstain, alive'],
  ['our secret cannot be read', 'sasl', 'prober-fault-config', 'abstain'],
  ['the canary topic is missing', 'canary-write', 'prober-fault-config', 'abstain, alive'],
  ['the function ran out of time before it connected', 'tcp', 'prober-fault-runtime', 'abstain'],
] as const)('%s: %s broke with %s, so the vantage votes "%s"', (_story, rung, errorClass, expected) => {
  const vote = voteOf(brokenAt(rung, errorClass));
  expect(vote.kind === 'abstain' && vote.signOfLife ? `${vote.kind}, alive` : vote.kind).toBe(expected);
});

test('some canary partitions take the write: the vantage votes partial', () => {
  expect(voteOf(brokenAt('canary-write', 'service-failure', { canary: { partitions: 3, failed: 1 } })).kind).toBe(
    'partial',
  );
});

test('all canary partitions refuse the write: the vantage votes down', () => {
  expect(voteOf(brokenAt('canary-write', 'service-failure', { canary: { partitions: 3, failed: 3 } })).kind).toBe(
    'down',
  );
});

test('the ladder held, but one canary partition did not take its record: partial', () => {
  expect(voteOf(wholeLadder({ canary: { partitions: 3, failed: 1 } })).kind).toBe('partial');
});

test('a climb that ends early without an error says nothing about service, but somebody answered', () => {
  const vote = voteOf(wholeLadder({ rungs: wholeLadder().rungs.slice(0, 6) }));
  expect(vote).toMatchObject({
    kind: 'abstain',
    signOfLife: true,
    because: 'the climb stopped after "metadata" without an error',
  });
});

test('a climb without rungs abstains without a sign of life', () => {
  expect(voteOf(wholeLadder({ rungs: [] }))).toMatchObject({ kind: 'abstain', signOfLife: false });
});

test('a TCP connect alone is no sign of life', () => {
  expect(voteOf(brokenAt('tls', 'prober-fault-runtime'))).toMatchObject({ kind: 'abstain', signOfLife: false });
});

test('the sentence names the rung, the class and the error', () => {
  expect(voteOf(brokenAt('tcp', 'transport-failure'))).toMatchObject({
    because: 'tcp: transport-failure (as it was thrown)',
  });
});
