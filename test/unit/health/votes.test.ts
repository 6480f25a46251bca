import { describe, expect, test } from '@jest/globals';
import type { ClusterObservation, ProtectedLook } from '../../../core/contracts/observations.ts';
import { worseOf } from '../../../core/health/impairment.ts';
import { voteOf as judgeVote } from '../../../core/health/votes.ts';
import { brokenAt, wholeLadder } from '../../support/builders/judgement.ts';

const voteOf = (observation: ClusterObservation) => judgeVote(observation, { slowRungMs: 2_000 });
/** 10 partitions and 2 groups of clients-k1, nothing wrong with them. */
const protectedLook = (changes: Partial<ProtectedLook> = {}): { protected: Record<string, ProtectedLook> } => ({
  protected: {
    'clients-k1': {
      partitions: 10,
      offline: 0,
      belowMinIsr: 0,
      underReplicated: 0,
      groups: 2,
      withoutCoordinator: 0,
      impairedTopics: [],
      ...changes,
    },
  },
});

test('the whole ladder held: the vantage votes up', () => {
  expect(voteOf(wholeLadder())).toEqual({ kind: 'up', atMs: 1_795_341_600_000 });
});

test.each([
  ['connection refused', 'tcp', 'transport-failure', 'down'],
  ['silence after the connect, as from a stopped process', 'api-versions', 'transport-failure', 'down'],
  ['no controller', 'metadata', 'service-failure', 'down'],
  ['no canary partition takes a record', 'canary-write', 'service-failure', 'down'],
  ['records are taken but cannot be read', 'canary-read', 'service-failure', 'partial'],
  ['records are taken but positions cannot be committed', 'group-commit', 'service-failure', 'partial'],
  ['records are taken, but commits get no answer', 'group-commit', 'transport-failure', 'gray'],
  ['records are taken, but reads get no answer', 'canary-read', 'transport-failure', 'gray'],
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

test('some canary partitions get no answer: the metadata is fine, so the vantage votes gray', () => {
  expect(voteOf(brokenAt('canary-write', 'transport-failure', { canary: { partitions: 3, failed: 1 } })).kind).toBe(
    'gray',
  );
});

test('some writes get no answer, and the metadata says why: partial', () => {
  const seen = { canary: { partitions: 3, failed: 1 }, ...protectedLook({ offline: 1 }) };
  expect(voteOf(brokenAt('canary-write', 'transport-failure', seen)).kind).toBe('partial');
});

test('no write is taken, but the metadata was told: down, and answered', () => {
  expect(voteOf(brokenAt('canary-write', 'service-failure', { canary: { partitions: 3, failed: 3 } }))).toMatchObject({
    kind: 'down',
    answered: true,
    impairment: { canaryShare: 1 },
  });
});

test('nothing answers: down, and not answered', () => {
  expect(voteOf(brokenAt('metadata', 'transport-failure'))).not.toHaveProperty('answered');
});

describe('the ladder held, and', () => {
  test.each<readonly [string, Partial<ClusterObservation>, string]>([
    ['nothing is wrong with what is protected', protectedLook(), 'up'],
    ['a protected partition is offline', protectedLook({ offline: 1 }), 'partial'],
    ['a protected partition is below min ISR', protectedLook({ belowMinIsr: 1 }), 'partial'],
    ['a group has no coordinator', protectedLook({ withoutCoordinator: 1 }), 'partial'],
    ['a protected partition lacks a replica', protectedLook({ underReplicated: 1 }), 'degraded'],
    ['a broker that holds replicas is missing', { missingBrokers: 1 }, 'degraded'],
    ['a broker leads no canary partition', { idleBrokers: 1 }, 'degraded'],
    ['there is no controller', { controller: false }, 'degraded'],
    ['brokers and controller are there', { missingBrokers: 0, idleBrokers: 0, controller: true }, 'up'],
  ])('%s: %#', (_story, changes, kind) => {
    expect(voteOf(wholeLadder(changes)).kind).toBe(kind);
  });

  test.each([
    ['a write took 2001 ms', 'canary-write', 2_001, 'gray'],
    ['a write took exactly 2000 ms', 'canary-write', 2_000, 'up'],
    ['a commit took 2001 ms', 'group-commit', 2_001, 'gray'],
    ['the handshake took 2001 ms: the way there, not the service', 'tls', 2_001, 'up'],
  ] as const)('%s', (_story, slow, tookMs, kind) => {
    const rungs = wholeLadder().rungs.map((rung) => (rung.rung === slow ? { ...rung, tookMs } : rung));
    expect(voteOf(wholeLadder({ rungs })).kind).toBe(kind);
  });

  test('what does not serve is told as shares per client set, the worse of partitions and groups', () => {
    const seen = protectedLook({ offline: 2, belowMinIsr: 1, withoutCoordinator: 1, impairedTopics: ['orders'] });
    expect(voteOf(wholeLadder(seen))).toMatchObject({
      because: '50 % of the partitions or groups of clients-k1 do not serve (orders)',
      impairment: { canaryShare: 0, sets: { 'clients-k1': { share: 0.5, topics: ['orders'] } } },
    });
  });

  test('an observation of version 0.1, which counted idle brokers as failed, still reads as partial', () => {
    expect(voteOf(wholeLadder({ canary: { partitions: 3, failed: 1 } })).kind).toBe('partial');
  });
});

test('the sentence of missing redundancy names each thing', () => {
  expect(voteOf(wholeLadder({ missingBrokers: 1, idleBrokers: 2, controller: false }))).toMatchObject({
    because:
      '1 brokers that hold replicas are missing, 2 brokers lead no canary partition (kafka-topics.sh --alter --topic mm2-failover-canary --partitions 5), there is no controller',
  });
});

test('an abstention keeps its class', () => {
  expect(voteOf(brokenAt('dns', 'prober-fault-dns'))).toMatchObject({ errorClass: 'prober-fault-dns' });
});

test('all canary partitions refuse the write: the vantage votes down', () => {
  expect(voteOf(brokenAt('canary-write', 'service-failure', { canary: { partitions: 3, failed: 3 } })).kind).toBe(
    'down',
  );
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

test('a slow answer says which rung, how long, and what is allowed', () => {
  const rungs = wholeLadder().rungs.map((rung) =>
    rung.rung === 'canary-write' || rung.rung === 'group-commit' ? { ...rung, tookMs: 2_500.4 } : rung,
  );
  expect(voteOf(wholeLadder({ rungs }))).toMatchObject({
    because: 'canary-write took 2500 ms, group-commit took 2500 ms, allowed 2000 ms',
  });
});

test.each(['sasl', 'api-versions', 'metadata'] as const)(
  'an answer on the rung "%s" alone is a sign of life',
  (rung) => {
    const rungs = [
      { kind: 'held', rung, tookMs: 3 },
      { kind: 'broke', rung: 'canary-write', tookMs: 3, errorClass: 'prober-fault-runtime', error: 'no file handle' },
    ] as const;
    expect(voteOf(wholeLadder({ rungs: [...rungs] }))).toMatchObject({ kind: 'abstain', signOfLife: true });
  },
);

test('some writes get no answer, and nothing is wrong with what is protected: gray', () => {
  const seen = { canary: { partitions: 3, failed: 1 }, ...protectedLook() };
  expect(voteOf(brokenAt('canary-write', 'transport-failure', seen)).kind).toBe('gray');
});

test('a set without groups is judged by its partitions', () => {
  expect(voteOf(wholeLadder(protectedLook({ offline: 1, groups: 0 })))).toMatchObject({
    kind: 'partial',
    impairment: { sets: { 'clients-k1': { share: 0.1 } } },
  });
});

test('the sentence of a part that does not serve names the sets that are hit, and those alone', () => {
  const { protected: sets } = protectedLook();
  const look = sets['clients-k1']!;
  const seen = {
    canary: { partitions: 4, failed: 1 },
    protected: {
      'clients-k1': { ...look, offline: 1, impairedTopics: ['orders', 'payments'] },
      'clients-quiet': look,
      'clients-tools': { ...look, withoutCoordinator: 1 },
    },
  };
  expect(voteOf(wholeLadder(seen))).toMatchObject({
    because:
      '25 % of the canary partitions take no record, 10 % of the partitions or groups of clients-k1 do not serve (orders, payments), ' +
      '50 % of the partitions or groups of clients-tools do not serve',
  });
});

describe('the worse of two looks', () => {
  const hit = (share: number, ...topics: string[]) => ({ share, topics });
  const part = { canaryShare: 0.2, sets: { a: hit(0.4, 'payments'), b: hit(0.1, 'bills') } };

  test('is told set by set, topics in order', () => {
    const other = { canaryShare: 0.1, sets: { a: hit(0.1, 'orders', 'payments'), c: hit(0.3, 'carts') } };
    const worse = {
      canaryShare: 0.2,
      sets: { a: hit(0.4, 'orders', 'payments'), b: hit(0.1, 'bills'), c: hit(0.3, 'carts') },
    };
    expect([worseOf(part, other), worseOf(other, part)]).toEqual([worse, worse]);
  });

  test('is the one there is', () => {
    expect([worseOf(undefined, part), worseOf(part, undefined), worseOf(undefined, undefined)]).toEqual([
      part,
      part,
      undefined,
    ]);
  });
});

test('without a look at the canary topic nobody is told how to give an idle broker a partition of it', () => {
  expect(voteOf(wholeLadder({ idleBrokers: 1, canary: undefined }))).toMatchObject({
    because: '1 brokers lead no canary partition',
  });
});
