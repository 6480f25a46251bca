import { lossSentence } from '../../../core/move/loss.ts';
import { describe, expect, test } from '@jest/globals';
import { ReadinessDocument } from '../../../core/contracts/readiness.ts';
import type { SeedRecord } from '../../../core/contracts/tables.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { judgeReadiness } from '../../../core/move/readiness.ts';
import { findingsKey, readinessDocument, sideOf, type Looks } from '../../../core/readiness/document.ts';
import { flowLook, outageFacts, setLook, storedVerdict } from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, placedK1, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { readinessLook, sideWith } from '../../support/builders/readiness.ts';

const config = pairConfig({}, { replication: { mirrorMakerVersion: '4.0.0' } });

/** A quiet day. */
const facts = (changes: Partial<MoveFacts> = {}): MoveFacts =>
  outageFacts({
    verdicts: {
      home: storedVerdict('cluster:K1', 'HEALTHY'),
      refuge: storedVerdict('cluster:K2', 'HEALTHY'),
      outbound: storedVerdict('flow:K1->K2', 'HEALTHY', {
        judgedAtMs: TEN_O_CLOCK - 4_000,
        data: { lagRecords: '120', copiedHeartbeatAgeMs: 1_500 },
      }),
      inbound: storedVerdict('flow:K2->K1', 'HEALTHY'),
    },
    ...changes,
  });

const seed = (seeds: Record<string, string>): SeedRecord => ({
  group: 'billing',
  topic: 'orders',
  atMs: TEN_O_CLOCK - 30_000,
  partitions: Object.fromEntries(
    Object.entries(seeds).map(([p, value]) => [p, { seed: value, forHomePosition: null, homePositionBefore: null }]),
  ),
});
const ends = (high: string) => ({ start: '0', highWatermark: high, lastStable: high });

const documentOf = (changed: MoveFacts = facts(), looks: Partial<Looks> = {}) =>
  readinessDocument(
    config,
    placedK1(config),
    { facts: changed, readiness: judgeReadiness(changed) },
    { flow: flowLook(), inbound: null, look: readinessLook(), seeds: [], producersHeardOf: true, ...looks },
  );

test('a document is what its contract says, and survives being stored', () => {
  const document = documentOf();
  expect(ReadinessDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
});

test('it would move, and says so', () => {
  expect(documentOf()).toMatchObject({ wouldMove: true, sentence: 'clients-k1 would move to K2 now', leftOut: 0 });
});

describe('findings', () => {
  const ids = (changed: MoveFacts, looks: Partial<Looks> = {}) =>
    documentOf(changed, looks).findings.map(({ severity, id, subject }) => `${severity} ${id} ${subject}`);

  test('a guard that refuses blocks; a missing topic comes with its command', () => {
    const found = setLook({ homeTopics: { orders: 6, payments: 3 }, refugeTopics: { orders: 3, payments: null } });
    expect(documentOf(facts({ found })).findings.slice(0, 2)).toEqual([
      {
        id: 'G2-topics',
        severity: 'blocks',
        cluster: 'K2',
        subject: 'orders',
        sentence: 'topic "orders" has 3 partitions at K2, needed 6',
        fix: 'kafka-topics.sh --bootstrap-server k2-a:9092,k2-b:9092 --alter --topic orders --partitions 6',
      },
      {
        id: 'G2-topics',
        severity: 'blocks',
        cluster: 'K2',
        subject: 'payments',
        sentence: 'topic "payments" does not exist at K2',
        fix: 'kafka-topics.sh --bootstrap-server k2-a:9092,k2-b:9092 --create --topic payments --partitions 3',
      },
    ]);
  });

  test('any other guard says what lifts it', () => {
    const verdicts = { ...facts().verdicts, refuge: storedVerdict('cluster:K2', 'SUSPECTED_DOWN') };
    expect(documentOf(facts({ verdicts })).findings[0]).toMatchObject({
      id: 'G2-healthy',
      severity: 'blocks',
      fix: 'the health of the refuge',
    });
  });

  test('what people chose refuses too, and wakes nobody', () => {
    const state = stateOf(config, { mode: 'observe' });
    expect([documentOf(facts({ state })).wouldMove, ids(facts({ state }))[0]]).toEqual([
      false,
      'informs G10 clients-k1',
    ]);
  });

  test('another set that moves, or is held for a person, keeps this one waiting, and wakes nobody', () => {
    const moving = [{ clientSet: 'clients-a', epoch: 1, published: true }];
    const changed = facts({ moving, rules: { ...facts().rules, setsAtOnce: 1 } });
    expect([documentOf(changed).wouldMove, ids(changed)[0]]).toEqual([false, 'informs G9 clients-k1']);
  });

  test('the gravest come first', () => {
    const changed = facts({
      found: setLook({ refugeTopics: { orders: null, payments: 3 } }),
      verdicts: { ...facts().verdicts, outbound: storedVerdict('flow:K1->K2', 'UNKNOWN') },
    });
    const look = readinessLook({ refuge: sideWith({ 'retention.ms': '1' }) });
    expect(ids(changed, { look }).map((line) => line.split(' ')[0])).toEqual([
      'blocks',
      'warns',
      'unknown',
      'informs',
      'informs',
    ]);
  });

  test('away from home nothing is looked for', () => {
    const state = stateOf(config, { phase: 'refuge', epoch: 1 });
    expect(documentOf(facts({ state })).findings).toEqual([]);
    expect(documentOf(facts({ state: stateOf(config, { open: claimOf() }) })).findings).toEqual([]);
  });

  test('more than the document holds are counted', () => {
    const topics = Array.from({ length: 70 }, (_, i) => ({ home: `t-${i}`, remote: `K1.t-${i}` }));
    const place = { ...facts().place, topics };
    const { findings, leftOut } = documentOf(facts({ place, found: setLook({ refugeTopics: {} }) }));
    // 70 missing topics and the missing remote topics of another guard, beside three that inform.
    expect([findings.length, leftOut]).toEqual([60, 70 + 1 + 2 - 60]);
  });

  test('the key of the findings does not change with ages and figures', () => {
    const older = facts({ nowMs: TEN_O_CLOCK + 20_000 });
    expect(findingsKey(documentOf(older))).toBe(findingsKey(documentOf()));
    const other = documentOf(facts(), { look: readinessLook({ refuge: sideWith({ 'retention.ms': '1' }) }) });
    expect(findingsKey(other)).not.toBe(findingsKey(documentOf()));
  });
});

describe('what it would cost', () => {
  test('the tail: the range that the guard judges, in its own words', () => {
    const loss = {
      kind: 'estimated',
      records: { lower: '20', upper: '120' },
      seconds: { lower: 1, upper: 5.5 },
      recordsPerSecond: 25,
      sampledAtMs: TEN_O_CLOCK - 4_000,
      ageMs: 4_000,
    } as const;
    expect(documentOf(facts({ loss })).loss).toEqual({
      kind: 'known',
      records: { lower: '20', upper: '120' },
      seconds: { lower: 1, upper: 5.5 },
      sentence: lossSentence(loss),
    });
  });

  test('a loss that cannot be estimated is unknown, not zero', () => {
    const loss = { kind: 'unknown', because: ['log ends of "orders" at home were never sampled'] } as const;
    expect(documentOf(facts({ loss })).loss).toEqual({
      kind: 'unknown',
      sentence: 'expected loss is unknown: log ends of "orders" at home were never sampled',
    });
  });

  test('duplicates: from the seeds to the ends, never below zero', () => {
    const flow = flowLook({ remoteEnds: { 'K1.orders': { '0': ends('100'), '1': ends('10') } } });
    const seeds = [seed({ '0': '90', '1': '12', '7': '5' })];
    expect(documentOf(facts(), { flow, seeds }).duplicates).toMatchObject({ kind: 'known', records: '10' });
  });

  test('without seeds or ends duplicates are unknown', () => {
    expect(documentOf(facts(), { seeds: [seed({ '0': '1' })] }).duplicates.kind).toBe('unknown');
    expect(documentOf(facts(), { flow: flowLook({ remoteEnds: {} }) }).duplicates.kind).toBe('unknown');
  });

  test('time: suspicion, confirmation, one poll of the clients', () => {
    // 3 x 10 s + 60 s + 1.2 x 5 s
    expect(documentOf().time).toMatchObject({ untilProducersSeconds: 96 });
    expect(documentOf().time.sentence).not.toContain('approves');
    const state = stateOf(config, { mode: 'approve' });
    expect(documentOf(facts({ state })).time.sentence).toContain('the time until a person approves');
  });
});

test('the age of every input is there; what is missing is null', () => {
  const { inputs } = documentOf(facts({ found: setLook({ atMs: TEN_O_CLOCK - 15_000 }) }), { flow: null });
  expect(inputs.map(({ input, ageSeconds }) => [input, ageSeconds])).toEqual([
    ['verdict cluster:K1', 0],
    ['verdict cluster:K2', 0],
    ['verdict flow:K1->K2', 4],
    ['look at topics and groups', 15],
    ['look at the flow', null],
    ['comparison of settings, rights and schemas', 60],
    ['oldest seed', null],
  ]);
});

test('a side is what commands need: our own listener, credentials, one address of its registry', () => {
  const secured = pairConfig(
    {},
    {
      clusters: {
        K1: {
          region: 'eu-west-1',
          bootstrapServers: ['out:9092'],
          controllerBootstrapServers: ['in:9093'],
          auth: 'a',
          security: { kind: 'tls' },
          schemaRegistry: 'https://r1/,https://r1b',
        },
        K2: { region: 'eu-central-1', bootstrapServers: ['k2:9092'], auth: 'b', security: { kind: 'msk-iam' } },
      },
    },
  );
  expect([sideOf(secured, 'K1'), sideOf(secured, 'K2')]).toEqual([
    { alias: 'K1', servers: 'in:9093', secured: true, rights: 'acls', registry: 'https://r1' },
    { alias: 'K2', servers: 'k2:9092', secured: true, rights: 'iam' },
  ]);
});
