import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MissingSyncs } from '../../../core/contracts/primitives.ts';
import type { Copies, Finding, MirrorLook, ReadinessLook } from '../../../core/contracts/readiness.ts';
import { judgePreparation } from '../../../core/readiness/checks.ts';
import type { Preparation } from '../../../core/readiness/preparation.ts';
import { isOlder } from '../../../core/readiness/mirror.ts';
import { flowLook, group, member, setLook, storedVerdict } from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';
import {
  keptFor,
  mirrorLook,
  preparation,
  read,
  readinessLook,
  rulesOf,
  side,
  sideLook,
  sideWith,
  unread,
} from '../../support/builders/readiness.ts';

/** Without the one that is always there: the version of MirrorMaker 2 cannot be seen. */
const found = (changes: Partial<Preparation> = {}): readonly Finding[] =>
  judgePreparation(preparation(changes)).filter(({ id, severity }) => id !== 'mirror-version' || severity === 'warns');
const said = (changes: Partial<Preparation>) =>
  found(changes).map(({ severity, id, cluster, subject }) => `${severity} ${id} ${cluster} ${subject}`);

test('two sides that are prepared for each other: nothing to say', () => {
  expect(found()).toEqual([]);
});

describe('the comparison itself', () => {
  test('before anybody has compared, nothing is known', () => {
    expect(found({ look: null })).toEqual([
      expect.objectContaining({
        severity: 'unknown',
        id: 'look',
        sentence: 'nobody has compared settings, rights and schemas of both sides for clients-k1 yet',
      }),
    ]);
  });

  test.each([
    ['exactly as old as allowed', 900_000, []],
    ['a moment older: unknown, and what it saw counts no more', 900_001, ['unknown look K2 clients-k1']],
  ] as const)('%s', (_story, ageMs, expected) => {
    const look = readinessLook({
      atMs: TEN_O_CLOCK - ageMs,
      ...(ageMs > 900_000 && { refuge: sideWith({ 'retention.ms': '1' }) }),
    });
    expect(said({ look })).toEqual(expected);
  });
});

describe('how long brokers keep positions that nobody works with', () => {
  const WEEK = '10080';

  test('shorter than from one renewal to the next: named with what it does and how it is mended', () => {
    const look = readinessLook({ refuge: sideLook({ brokers: keptFor(WEEK, '360') }) });
    expect(found({ look })).toEqual([
      {
        id: 'offsets-retention',
        severity: 'warns',
        cluster: 'K2',
        subject: 'offsets.retention.minutes',
        sentence:
          'positions that nobody works with expire at K2 after 21600 s (offsets.retention.minutes=360 of broker 2), and are renewed every 43200 s: in between there is none until the next turn writes it again, and whoever moves clients by hand just then leaves them to auto.offset.reset',
        fix: "set offsets.retention.minutes=1440 in the configuration of every broker of K2 (server.properties; on MSK the cluster's configuration) and restart them one by one: it cannot be changed while they run",
      },
    ]);
  });

  test('shorter than the longest outage: a failback does without, people who lead clients home by hand do not', () => {
    const look = readinessLook({ home: sideLook({ brokers: keptFor('1440') }) });
    expect(found({ look })).toEqual([
      expect.objectContaining({
        severity: 'informs',
        cluster: 'K1',
        sentence:
          'positions that nobody works with expire at K1 after 86400 s (offsets.retention.minutes=1440 of broker 1), outages are to last up to 604800 s: after a longer one a failback sets the positions there from what was stored, but whoever leads clients home by hand finds none',
        fix: expect.stringContaining('offsets.retention.minutes=10080'),
      }),
    ]);
  });

  test.each([
    ['home: exactly the longest outage', { home: sideLook({ brokers: keptFor(WEEK) }) }, []],
    ['home: a minute less', { home: sideLook({ brokers: keptFor('10079') }) }, ['informs K1']],
    ['refuge: a moment longer than from renewal to renewal', { refuge: sideLook({ brokers: keptFor('721') }) }, []],
    ['refuge: exactly as long', { refuge: sideLook({ brokers: keptFor('720') }) }, ['warns K2']],
    ['home: as long as a renewal is the graver', { home: sideLook({ brokers: keptFor('720') }) }, ['warns K1']],
    ['the shortest of all brokers counts', { home: sideLook({ brokers: keptFor(WEEK, '9', '60') }) }, ['warns K1']],
    ['a broker that does not tell', { home: sideLook({ brokers: read({ 1: {} }) }) }, ['unknown K1']],
    [
      'beside one that does',
      { refuge: sideLook({ brokers: read({ 1: {}, 2: { 'offsets.retention.minutes': '5' } }) }) },
      ['unknown K2', 'warns K2'],
    ],
    [
      'what may not be read is not known',
      { refuge: sideLook({ brokers: unread('CLUSTER_AUTHORIZATION_FAILED') }) },
      ['unknown K2'],
    ],
  ] as const)('%s', (_story, sides, expected) => {
    expect(found({ look: readinessLook(sides) }).map(({ severity, cluster }) => `${severity} ${cluster}`)).toEqual(
      expected,
    );
  });

  test('a look of an older release tells nothing about it', () => {
    const { brokers: _untold, ...older } = sideLook();
    expect(found({ look: readinessLook({ home: older, refuge: older }) })).toEqual([]);
  });

  test('why it is not known is said', () => {
    const look = readinessLook({ home: sideLook({ brokers: unread('CLUSTER_AUTHORIZATION_FAILED') }) });
    expect(found({ look })[0]).toMatchObject({
      sentence: 'offsets.retention.minutes of the brokers of K1 could not be read: CLUSTER_AUTHORIZATION_FAILED',
    });
  });
});

describe('topic settings', () => {
  test('a difference is named with both values, its effect and the command', () => {
    const look = readinessLook({ refuge: sideWith({ 'retention.ms': '86400000' }) });
    expect(found({ look })).toEqual([
      {
        id: 'topic-settings',
        severity: 'warns',
        cluster: 'K2',
        subject: 'orders retention.ms',
        sentence:
          'topic "orders" has retention.ms=604800000 at K1 and 86400000 at K2: records written at the refuge are kept for another time',
        fix: 'kafka-configs.sh --bootstrap-server k2:9092 --alter --entity-type topics --entity-name orders --add-config retention.ms=604800000',
      },
    ]);
  });

  test('where the cluster asks for credentials the command names a file with them, and lists stand in brackets', () => {
    const look = readinessLook({ home: sideWith({ 'cleanup.policy': 'compact,delete' }) });
    expect(found({ look, refuge: side('K2', { secured: true }) })[0]?.fix).toBe(
      "kafka-configs.sh --bootstrap-server k2:9092 --command-config admin.properties --alter --entity-type topics --entity-name orders --add-config 'cleanup.policy=[compact,delete]'",
    );
  });

  test('the order of policies is no difference', () => {
    const look = readinessLook({
      home: sideWith({ 'cleanup.policy': 'compact,delete' }),
      refuge: sideWith({ 'cleanup.policy': 'delete,compact' }),
    });
    expect(said({ look })).toEqual([]);
  });

  test('a setting that one side does not know is no difference', () => {
    const look = readinessLook({ refuge: sideLook({ topics: read({ orders: {}, payments: {} }) }) });
    expect(said({ look })).toEqual([]);
  });

  test('a topic that is missing there is the guard’s matter', () => {
    const look = readinessLook({ refuge: sideLook({ topics: read({ orders: null, payments: null }) }) });
    expect(said({ look })).toEqual([]);
  });

  test('a side that could not be read is unknown, with the reason', () => {
    const look = readinessLook({ refuge: sideLook({ topics: unread('K2 did not answer') }) });
    expect(found({ look })).toEqual([
      expect.objectContaining({
        severity: 'unknown',
        id: 'topic-settings',
        cluster: 'K2',
        sentence: 'topic settings of K2 could not be read: K2 did not answer',
      }),
    ]);
  });
});

describe('explained differences', () => {
  const look = readinessLook({ refuge: sideWith({ 'retention.ms': '86400000' }) });
  const explaining = (subject: string, finding = 'topic-settings') =>
    found({ look, rules: rulesOf({ explained: [{ finding, subject, because: 'the refuge has small disks' }] }) });

  test.each(['orders retention.ms', '*'])('explained by "%s": shown with the reason, warning nobody', (subject) => {
    expect(explaining(subject)).toEqual([
      expect.objectContaining({
        severity: 'informs',
        sentence: expect.stringContaining('(explained: the refuge has small disks)'),
      }),
    ]);
  });

  test.each([
    ['another subject', 'payments retention.ms', 'topic-settings'],
    ['another finding', 'orders retention.ms', 'acls'],
  ])('%s explains nothing', (_story, subject, finding) => {
    expect(explaining(subject, finding)[0]?.severity).toBe('warns');
  });

  test('what was not read cannot be explained away', () => {
    const unreadLook = readinessLook({ refuge: sideLook({ topics: unread('no answer') }) });
    const explained = [{ finding: 'topic-settings', subject: '*', because: 'small disks' }];
    expect(found({ look: unreadLook, rules: rulesOf({ explained }) })[0]?.severity).toBe('unknown');
  });
});

describe('replication', () => {
  const ends = (high: string) => ({ '0': { start: '0', highWatermark: high, lastStable: high } });
  const flow = (replicated: Record<string, Record<string, string>>, remote: string) =>
    flowLook({
      sourceEnds: { orders: ends('10') },
      replicatedOffsets: replicated,
      remoteEnds: { 'K1.orders': ends(remote) },
    });

  test.each([
    ['records at home, none ever copied', flow({}, '0'), ['warns replicated K2 orders']],
    ['the flow knows an offset', flow({ orders: { '0': '4' } }, '0'), []],
    ['offsets unreadable, but copies are there', flow({}, '5'), []],
    ['the flow was not seen', null, []],
    ['home could not be read', flowLook({ replicatedOffsets: {}, remoteEnds: {} }), []],
  ] as const)('%s', (_story, look, expected) => {
    expect(said({ flow: look })).toEqual(expected);
  });

  test.each([
    ['REPLICATION_DOWN', ['warns replication K2 K1->K2']],
    ['UNKNOWN', ['unknown replication K2 K1->K2']],
  ])('the flow is %s', (kind, expected) => {
    expect(said({ outbound: storedVerdict('flow:K1->K2', kind) })).toEqual(expected);
  });
});

describe('MirrorMaker 2', () => {
  test.each([
    ['syncs on the source by default', { 'offset-syncs.topic.location': 'source' }, 'offset-syncs.topic.location'],
    [
      'no prefix',
      { 'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy' },
      'replication.policy.class',
    ],
    ['another separator', { 'replication.policy.separator': '_' }, 'replication.policy.separator'],
  ])('%s', (_story, settings, name) => {
    expect(said({ look: readinessLook({ outbound: mirrorLook(settings) }) })).toEqual([
      `warns mirror-settings K2 K1->K2 ${name}`,
    ]);
  });

  const SOURCE = 'source.consumer.isolation.level';
  const ALL = 'consumer.isolation.level';
  const differs = ['warns mirror-settings K2 K1->K2 consumer.isolation.level'];
  test.each([
    ['Kafka default, as declared', 'read_uncommitted', {}, []],
    ['committed, and nobody declared it', 'read_uncommitted', { [SOURCE]: 'read_committed' }, differs],
    ['committed for all its consumers', 'read_uncommitted', { [ALL]: 'read_committed' }, differs],
    ['declared committed and not told so', 'read_committed', {}, differs],
    ['declared committed, for its source', 'read_committed', { [SOURCE]: 'read_committed' }, []],
    ['declared committed, for all its consumers', 'read_committed', { [ALL]: 'read_committed' }, []],
    ['the stronger name counts', 'read_committed', { [SOURCE]: 'read_uncommitted', [ALL]: 'read_committed' }, differs],
  ] as const)('how the flow reads: %s', (_story, isolationLevel, settings, expected) => {
    const inbound = mirrorLook({ [SOURCE]: isolationLevel });
    const look = readinessLook({ outbound: mirrorLook(settings), inbound });
    expect(said({ look, rules: rulesOf({ isolationLevel }) })).toEqual(expected);
  });
  test('a flow that is declared exactly once has one way out: it must read committed', () => {
    const inbound = { ...mirrorLook({ [SOURCE]: 'read_committed' }), copies: read('transactional' as const) };
    const look = readinessLook({ outbound: { ...mirrorLook(), copies: read('transactional') }, inbound });
    const rules = rulesOf({ exactlyOnce: true, isolationLevel: 'read_committed' });
    expect(found({ look, rules }).map(({ fix }) => fix)).toEqual([
      'set K1.consumer.isolation.level = read_committed in the properties of MirrorMaker 2 and start it again',
    ]);
  });
  test('a flow that reads otherwise than declared is told what follows, and both ways out', () => {
    const look = readinessLook({ inbound: mirrorLook({ [SOURCE]: 'read_committed' }) });
    expect(found({ look })).toEqual([
      expect.objectContaining({
        sentence:
          'K2->K1 reads with consumer.isolation.level=read_committed, this pair is configured for read_uncommitted: what was aborted at the source is waited for and never copied',
        fix: 'set K2.consumer.isolation.level = read_uncommitted in the properties of MirrorMaker 2 and start it again, or replication.isolationLevel: read_committed in the configuration, if both flows read so',
      }),
    ]);
  });

  test('a connector that says nothing of the location has its default', () => {
    const look = readinessLook({ inbound: { ...mirrorLook(), connectors: read({ MirrorSourceConnector: {} }) } });
    expect(found({ look })).toEqual([
      expect.objectContaining({
        cluster: 'K1',
        subject: 'K2->K1 offset-syncs.topic.location',
        fix: 'set K2->K1.offset-syncs.topic.location = target in the properties of MirrorMaker 2 and start it again',
      }),
    ]);
  });

  const FLAG = 'replication.policy.internal.topic.separator.enabled';
  test.each([
    ['internal topics have dots, the pair says otherwise', '_', true, { [FLAG]: 'false' }, [`K1->K2 ${FLAG}`]],
    ['internal topics have the separator, the pair says dots', '_', false, {}, [`K1->K2 ${FLAG}`]],
    ['both say dots', '_', false, { [FLAG]: 'false' }, []],
    ['both have the separator', '_', true, {}, []],
    ['with dots it does not matter', '.', true, { [FLAG]: 'false' }, []],
  ])('%s', (_story, separator, internalSeparator, settings, subjects) => {
    const same = { 'replication.policy.separator': separator };
    const both = (all: Record<string, string>) => mirrorLook(all, all);
    const inbound = both({ ...same, [FLAG]: String(internalSeparator) });
    const look = readinessLook({ outbound: both({ ...same, ...settings }), inbound });
    const findings = found({ look, rules: rulesOf({ separator, internalSeparator }) });
    expect(findings.map(({ subject }) => subject)).toEqual(subjects);
  });

  test('workers that show nothing: declared, not seen', () => {
    const look = readinessLook({ outbound: { ...mirrorLook(), connectors: read({}) } });
    expect(found({ look })).toEqual([
      expect.objectContaining({ severity: 'informs', sentence: expect.stringContaining('declared, not seen') }),
    ]);
  });

  test('a configuration that keeps the map beside home says what that means', () => {
    const source = { 'offset-syncs.topic.location': 'source' };
    const look = readinessLook({ outbound: mirrorLook(source, source), inbound: mirrorLook(source, source) });
    expect(said({ look, rules: rulesOf({ offsetSyncsLocation: 'source' }) })).toEqual([
      'warns mirror-settings K1 offset-syncs.topic.location',
    ]);
  });

  test.each([
    ['2.8.1', 'warns'],
    ['3.7.0', 'warns'],
    ['3.7.1', 'informs'],
    ['4.0', 'informs'],
    [undefined, 'informs'],
  ] as const)('version %s declared: %s', (version, severity) => {
    const { mirrorMakerVersion: _, ...others } = rulesOf();
    const rules = { ...others, ...(version === undefined ? {} : { mirrorMakerVersion: version }) };
    const findings = judgePreparation(preparation({ rules }));
    expect(findings.filter(({ id }) => id === 'mirror-version').map((one) => one.severity)).toEqual([severity]);
  });

  test.each([
    ['3.10.0', '3.7.1', false],
    ['3.7', '3.7.1', true],
    ['3.7.1', '3.7.1', false],
    ['2.9.9', '3.0.0', true],
  ])('%s is older than %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});

describe('exactly once, declared against the newest copy', () => {
  const judged = (exactlyOnce: boolean, copies: Copies) =>
    said({
      look: readinessLook({
        outbound: { ...mirrorLook(), copies: read(copies) },
        inbound: { ...mirrorLook(), copies: read(exactlyOnce ? 'transactional' : 'plain') },
      }),
      rules: rulesOf({ exactlyOnce }),
    });

  test.each([
    [true, 'transactional', []],
    [true, 'plain', ['warns exactly-once K2 K1->K2']],
    [true, 'none', ['unknown exactly-once K2 K1->K2']],
    [false, 'plain', []],
    [false, 'transactional', ['informs exactly-once K2 K1->K2']],
    [false, 'none', []],
  ] as const)('declared %s, seen %s', (exactlyOnce, copies, expected) => {
    expect(judged(exactlyOnce, copies)).toEqual(expected);
  });

  test('the flow back is judged at home', () => {
    const look = readinessLook({ outbound: { ...mirrorLook(), copies: read('transactional') } });
    expect(said({ look, rules: rulesOf({ exactlyOnce: true }) })).toEqual(['warns exactly-once K1 K2->K1']);
  });

  test('the sentence says what is done about it, the fix offers both ways', () => {
    const [finding] = found({ rules: rulesOf({ exactlyOnce: true }) });
    expect(finding).toMatchObject({
      sentence:
        'K1->K2 is declared to be exactly once, but its newest copy was not written in a transaction: positions are translated as for a plain flow',
      fix: 'set exactly.once.source.support = enabled for the workers of K1->K2, or replication.exactlyOnce: false in the configuration',
    });
  });

  test('a look that an older version stored says nothing of it', () => {
    const { copies: _, ...older } = mirrorLook();
    expect(
      said({ look: readinessLook({ outbound: older, inbound: older }), rules: rulesOf({ exactlyOnce: true }) }),
    ).toEqual([]);
  });
});

describe('offset syncs', () => {
  const syncs = (value: Record<string, string> | null) =>
    readinessLook({ outbound: { ...mirrorLook(), syncs: read(value) } });

  test('compacted before the longest outage is over: the command keeps them', () => {
    const look = syncs({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '0' });
    expect(found({ look })).toEqual([
      {
        id: 'offset-syncs',
        severity: 'warns',
        cluster: 'K2',
        subject: 'mm2-offset-syncs.K1.internal',
        sentence:
          '"mm2-offset-syncs.K1.internal" at K2 may be compacted after 0 s, outages are to last up to 604800 s: after a long outage a failback finds no exact position',
        fix: 'kafka-configs.sh --bootstrap-server k2:9092 --alter --entity-type topics --entity-name mm2-offset-syncs.K1.internal --add-config min.compaction.lag.ms=604800000',
      },
    ]);
  });

  test('kept for exactly the longest outage is enough', () => {
    expect(said({ look: syncs({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '604800000' }) })).toEqual([]);
  });

  test('deleted by age: a warning of its own', () => {
    expect(said({ look: syncs({ 'cleanup.policy': 'delete', 'min.compaction.lag.ms': '604800000' }) })).toEqual([
      'warns offset-syncs K2 mm2-offset-syncs.K1.internal',
    ]);
  });

  test('no such topic where it is expected', () => {
    expect(found({ look: syncs(null) })[0]?.sentence).toContain('does not exist at K2: no position of K1');
  });
});

describe('group sync', () => {
  const syncing = (settings: Record<string, string>) =>
    said({ look: readinessLook({ outbound: mirrorLook({}, { 'sync.group.offsets.enabled': 'true', ...settings }) }) });

  test.each([
    ['for all groups', {}, ['warns group-sync K2 billing']],
    ['for groups that begin so', { groups: 'other, bil.*' }, ['warns group-sync K2 billing']],
    ['for others', { groups: 'other' }, []],
    ['but not for this one', { 'groups.exclude': 'billing' }, []],
    ['by a pattern that only Java reads', { groups: '(?i)BILLING(' }, ['unknown group-sync K2 billing']],
  ])('on, %s', (_story, settings, expected) => {
    expect(syncing(settings)).toEqual(expected);
  });
});

describe('offset syncs that are missing', () => {
  const seed = (missingSyncs?: MissingSyncs) => ({
    seed: '1',
    forHomePosition: '1',
    homePositionBefore: null,
    ...(missingSyncs && { missingSyncs }),
  });
  const seeds = (syncs: readonly (MissingSyncs | undefined)[], { group = 'billing', topic = 'orders' } = {}) => [
    { group, topic, atMs: 0, partitions: Object.fromEntries(syncs.map((missing, i) => [i, seed(missing)])) },
  ];
  const found = (changes: Partial<Preparation>) =>
    judgePreparation(preparation(changes)).filter(({ id }) => id === 'incomplete-history');

  test('are no matter where no position rests on them', () => {
    expect(found({ seeds: seeds([undefined]) })).toEqual([]);
  });

  test.each([
    ['log-start', 'these groups repeat what lies behind an earlier position or the log start'],
    ['accept', 'these groups may skip records'],
  ] as const)('without a proof warn with the partitions and what "%s" does', (incompleteHistory, consequence) => {
    const [finding, ...others] = found({ incompleteHistory, seeds: seeds([undefined, 'unproven']) });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warns', cluster: 'K2', subject: 'clients-k1' });
    expect(finding?.sentence).toContain('offset syncs are missing for billing orders-1, and nothing proves');
    expect(finding?.sentence).toContain(consequence);
    expect(finding?.fix).toContain('--entity-name mm2-offset-syncs.K1.internal --add-config min.compaction.lag.ms=');
  });

  test('with a proof inform', () => {
    expect(found({ seeds: seeds(['proven']) })).toMatchObject([
      {
        severity: 'informs',
        subject: 'clients-k1 (proven)',
        sentence: expect.stringContaining('billing orders-0: some are'),
      },
    ]);
  });

  test('proven in one partition and not in another are two findings', () => {
    expect(found({ seeds: seeds(['proven', 'unproven']) }).map(({ severity }) => severity)).toEqual([
      'warns',
      'informs',
    ]);
  });

  test('of more than five partitions five are named', () => {
    const [finding] = found({ seeds: seeds(Array<MissingSyncs>(7).fill('unproven')) });
    expect(finding?.sentence).toContain('billing orders-4 and 2 more');
  });

  test.each([
    ['group', { group: 'retired' }],
    ['topic', { topic: 'retired' }],
  ])('are no matter in a %s that is not protected any more', (_story, of) => {
    expect(found({ seeds: seeds(['unproven'], of) })).toEqual([]);
  });

  test('are kept by the command under the name that the topic has with another separator', () => {
    const rules = { ...preparation().rules, separator: '_', internalSeparator: true };
    const [finding] = found({ seeds: seeds(['unproven']), rules });
    expect(finding?.fix).toContain('--entity-name mm2-offset-syncs_K1_internal ');
  });
});

describe("records in MirrorMaker 2's own topics that cannot be read", () => {
  const syncs = {
    topic: 'mm2-offset-syncs.K1.internal',
    reason: 'too-short',
    records: 1,
    newest: 'offset 7: 8 bytes',
  } as const;
  const found = (unreadable: MirrorLook['unreadable'], flow: 'outbound' | 'inbound' = 'outbound') => {
    const { unreadable: _none, ...mirror } = mirrorLook();
    const look = readinessLook({ [flow]: { ...mirror, ...(unreadable && { unreadable }) } });
    return judgePreparation(preparation({ look })).filter(({ id }) => id === 'unreadable-records');
  };

  test('are a finding per topic and reason, with the newest of each', () => {
    const checkpoints = {
      topic: 'K1.checkpoints.internal',
      reason: 'unknown-version',
      records: 3,
      newest: 'offset 9: 1',
    } as const;
    expect(found(read([syncs, checkpoints]))).toMatchObject([
      {
        severity: 'warns',
        cluster: 'K2',
        subject: 'mm2-offset-syncs.K1.internal too-short',
        sentence:
          '1 record of "mm2-offset-syncs.K1.internal" cannot be read (too-short: offset 7: 8 bytes) and is passed by: positions and progress of K1->K2 are told without it',
        fix: expect.stringContaining('nobody but MirrorMaker 2 may write to "mm2-offset-syncs.K1.internal"'),
      },
      {
        subject: 'K1.checkpoints.internal unknown-version',
        sentence: expect.stringMatching(/^3 records .* and are passed by: .* told without them$/),
        fix: expect.stringContaining('run a release of mm2-failover'),
      },
    ]);
  });

  test('of the way back are found at home', () => {
    expect(found(read([syncs]), 'inbound')).toMatchObject([{ cluster: 'K1' }]);
  });

  test('are no matter where there are none, and where an older version has looked', () => {
    expect([found(read([])), found(undefined)]).toEqual([[], []]);
  });

  test('are unknown where the topics could not be read', () => {
    expect(found({ kind: 'unread', because: 'K2 is away' })).toMatchObject([
      { severity: 'unknown', sentence: 'records of K1->K2 of K2 could not be read: K2 is away' },
    ]);
  });
});

describe('groups', () => {
  const uuid = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0';
  const withGroups = (home: ReturnType<typeof group>, refuge: ReturnType<typeof group>) =>
    said({ found: setLook({ groupsAtHome: { billing: home }, groupsAtRefuge: { billing: refuge } }) });
  const active = (assignor: string, ...members: ReturnType<typeof member>[]) =>
    group({ activity: 'active', assignor, members });

  test('a group that works and cannot be described, on either side', () => {
    const unreadable = group({ activity: 'active-unreadable' });
    expect(withGroups(unreadable, unreadable)).toEqual([
      'informs group-kind K1 billing',
      'informs group-kind K2 billing',
    ]);
  });

  test('one whose partitions change hands shows its members, and is no finding', () => {
    const changing = group({ activity: 'active-unreadable', protocol: 'newer', members: [member('a')] });
    expect(withGroups(changing, group({ activity: 'empty' }))).toEqual([]);
  });

  test('the newer protocol on one side and the classic one on the other: told, at the newer one', () => {
    const newer = group({ activity: 'active', protocol: 'newer', members: [member('a')] });
    expect(withGroups(newer, active('range', member('b')))).toEqual(['informs group-kind K1 billing']);
    expect(withGroups(active('range', member('a')), newer)).toEqual([
      'informs group-kind K2 billing',
      'informs client-ids K2 billing',
    ]);
    expect(withGroups(newer, { ...newer, members: [member('b')] })).toEqual([]);
    expect(withGroups(newer, group({ activity: 'empty' }))).toEqual([]);
  });

  test('two sides that agreed on different assignors', () => {
    expect(withGroups(active('range', member('a')), active('sticky', member('b')))).toEqual([
      'warns group-assignors K2 billing',
    ]);
  });

  test('the same assignor, or nobody on one side: fine', () => {
    expect(withGroups(active('range', member('a')), active('range', member('b')))).toEqual([]);
    expect(withGroups(active('range', member('a')), group({ activity: 'empty' }))).toEqual([]);
  });

  test('a static id on both sides fences its twin', () => {
    const one = { ...member('app-1'), memberId: `static-1-${uuid}` };
    const two = { ...member('app-2'), memberId: `static-1-${uuid}` };
    expect(withGroups(active('range', one), active('range', two))).toEqual([
      'warns static-members K2 billing static-1',
    ]);
  });

  test('a static id that a group tells beside the member id, as the newer protocol does', () => {
    const newer = (name: string) =>
      group({
        activity: 'active',
        protocol: 'newer',
        members: [{ ...member(name), memberId: uuid, instanceId: 's-1' }],
      });
    expect(withGroups(newer('app-1'), newer('app-2'))).toEqual(['warns static-members K2 billing s-1']);
  });

  test('transactional ids that both clusters know are told, the first few by name', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(found({ look: readinessLook({ sharedTransactionalIds: read(ids) }) })).toEqual([
      expect.objectContaining({
        severity: 'informs',
        id: 'transactional-ids',
        sentence: expect.stringContaining('6 transactional id(s) are known to K1 and to K2 (a, b, c, d, e, ...)'),
      }),
    ]);
  });

  test('a member id made of the client id is not static; the client id itself is told', () => {
    const one = { ...member('app'), memberId: `app-${uuid}` };
    expect(withGroups(active('range', one), active('range', one))).toEqual(['informs client-ids K2 billing']);
  });
});

describe('not having read something is never fine', () => {
  const nothing = unread('no answer');
  const parts: Readonly<Record<string, (look: ReadinessLook) => ReadinessLook>> = {
    'topics at home': (look) => ({ ...look, home: { ...look.home, topics: nothing } }),
    'topics at the refuge': (look) => ({ ...look, refuge: { ...look.refuge, topics: nothing } }),
    'ACLs at home': (look) => ({ ...look, home: { ...look.home, acls: nothing } }),
    'ACLs at the refuge': (look) => ({ ...look, refuge: { ...look.refuge, acls: nothing } }),
    'the registry of home': (look) => ({ ...look, home: { ...look.home, registry: nothing } }),
    'the registry of the refuge': (look) => ({ ...look, refuge: { ...look.refuge, registry: nothing } }),
    'the offset syncs': (look) => ({ ...look, outbound: { ...look.outbound, syncs: nothing } }),
    'connectors of the outbound flow': (look) => ({ ...look, outbound: { ...look.outbound, connectors: nothing } }),
    'transactional ids': (look) => ({ ...look, sharedTransactionalIds: nothing }),
    'connectors of the inbound flow': (look) => ({ ...look, inbound: { ...look.inbound, connectors: nothing } }),
  };
  const registries = { home: side('K1', { registry: 'http://r1' }), refuge: side('K2', { registry: 'http://r2' }) };
  const complete = () => {
    const registry = read({ subjects: {}, ids: {} });
    return readinessLook({ home: sideLook({ registry }), refuge: sideLook({ registry }) });
  };

  test.each(Object.keys(parts))('%s unread: a finding of its own', (part) => {
    expect(found({ ...registries, look: parts[part]!(complete()) }).map(({ severity }) => severity)).toEqual([
      'unknown',
    ]);
  });

  test('whatever is unread besides, every part that is unread stays unknown', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(parts), { minLength: 1 }), (chosen) => {
        const look = chosen.reduce((so, part) => parts[part]!(so), complete());
        expect(found({ ...registries, look }).map(({ severity }) => severity)).toEqual(chosen.map(() => 'unknown'));
      }),
    );
  });
});
