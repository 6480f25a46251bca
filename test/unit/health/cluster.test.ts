import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { allowsOf, judgeCluster, opensIncident } from '../../../core/health/cluster.ts';
import { CLUSTER_VERDICT_KINDS, CLUSTER_VERDICTS } from '../../../core/health/verdicts.ts';
import type { ClusterEvidence, VantageReport } from '../../../core/health/tally.ts';
import type { ClusterVerdictKind } from '../../../core/health/verdicts.ts';
import type { AlarmSaying, Witness } from '../../../core/health/witnesses.ts';
import type { VantageJudgement } from '../../../core/health/window.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const SINCE = TEN_O_CLOCK - 60_000;
const JUDGEMENTS = {
  C: { kind: 'confirmed', sinceMs: SINCE, because: 'tcp: refused' },
  S: { kind: 'suspected', sinceMs: SINCE, because: 'tcp: refused' },
  P: { kind: 'partial', because: '1 of 3 canary partitions' },
  /** Fails, but still tells its metadata. */
  W: { kind: 'confirmed', sinceMs: SINCE, because: 'canary-write: refused', answered: true },
  G: { kind: 'gray', because: 'canary-write took 2500 ms' },
  E: { kind: 'up', recovered: true, degraded: '1 brokers that hold replicas are missing' },
  U: { kind: 'up', recovered: true },
  u: { kind: 'up', recovered: false },
  F: { kind: 'faulty', signOfLife: false, because: 'dns: timeout' },
  N: { kind: 'faulty', signOfLife: false, because: 'dns: ENOTFOUND', errorClass: 'prober-fault-dns' },
  T: { kind: 'faulty', signOfLife: true, because: 'tls: expired', errorClass: 'config-fault-server-cert' },
  L: { kind: 'faulty', signOfLife: true, because: 'sasl: refused' },
  '.': { kind: 'absent' },
} as const satisfies Record<string, VantageJudgement>;
type Letter = keyof typeof JUDGEMENTS;

/** Three vantages: K1's own region, K2's region, the witness. */
const VANTAGES = ['eu-west-1', 'eu-central-1', 'eu-north-1'];
const reports = (letters: string): readonly VantageReport[] =>
  Array.from(letters, (letter, i) => ({
    vantage: VANTAGES[i]!,
    outside: i > 0,
    judgement: JUDGEMENTS[letter as Letter],
  }));
const witness = (kind: Witness['kind']): Witness => ({ kind, because: 'as replication shows' });

const says = (...list: AlarmSaying['says'][]): readonly AlarmSaying[] =>
  list.map((word) => ({ name: `alarm-${word}`, says: word }));

const evidence = (letters: string, changes: Partial<ClusterEvidence> = {}): ClusterEvidence => ({
  cluster: 'K1',
  reports: reports(letters),
  otherReports: reports('UUU'),
  witness: witness('CORROBORATES'),
  alarms: [],
  incidentOpen: false,
  acceptSingleVantage: false,
  ...changes,
});
const judge = (letters: string, changes: Partial<ClusterEvidence> = {}) => judgeCluster(evidence(letters, changes));

describe('the verdict about K1; vantages: its own region, the other region, a witness', () => {
  test.each<readonly [string, string, Partial<ClusterEvidence>, ClusterVerdictKind]>([
    ['nobody has looked', '...', {}, 'UNKNOWN'],
    ['every prober is broken', 'FFF', {}, 'PROBER_FAULT'],
    ['one prober is broken, the others are absent', '.F.', {}, 'PROBER_FAULT'],
    ['all confirm, replication agrees', 'CCC', {}, 'CONFIRMED_DOWN'],
    ['its region is gone with its prober: the other two confirm', '.CC', {}, 'CONFIRMED_DOWN'],
    ['its own region and the witness confirm, the third prober is broken', 'CFC', {}, 'CONFIRMED_DOWN'],
    ['two confirm, the third suspects', 'CSC', {}, 'CONFIRMED_DOWN'],
    [
      'all confirm, but replication brings something: a veto',
      'CCC',
      { witness: witness('ALIVE') },
      'UNREACHABLE_FROM_PROBERS',
    ],
    [
      'all confirm, replication cannot tell',
      'CCC',
      { witness: witness('UNAVAILABLE') },
      'CONFIRMED_DOWN_UNCORROBORATED',
    ],
    ['only one vantage is left, outside', '..C', {}, 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['only its own region confirms', 'C..', {}, 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['one confirms first, the others suspect and have not had their time', 'SSC', {}, 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['one vantage is cut off', 'CUU', {}, 'SUSPECTED_DOWN'],
    ['two vantages are cut off, the third uses it', 'CCU', {}, 'SUSPECTED_DOWN'],
    ['two confirm, the third sees it serve in part', 'CCP', {}, 'PARTIAL_OUTAGE'],
    ['two confirm, the third gets slow answers', 'CCG', {}, 'SUSPECTED_DOWN'],
    ['two confirm, but it refused the credentials of the third: it lives', 'CCL', {}, 'SUSPECTED_DOWN'],
    ['all suspect, not for long enough', 'SSS', {}, 'SUSPECTED_DOWN'],
    ['one suspects', 'USU', {}, 'SUSPECTED_DOWN'],
    ['both clusters are confirmed down', 'CCC', { otherReports: reports('CCC') }, 'BOTH_DOWN'],
    ['both are down for the only prober that is left', '..C', { otherReports: reports('..C') }, 'BOTH_DOWN'],
    [
      'one vantage has lost both, but the others use the other cluster',
      'CCC',
      { otherReports: reports('UCU') },
      'CONFIRMED_DOWN',
    ],
    ['confirmed, but our own running was interrupted', 'CCC', { settlingUntilMs: TEN_O_CLOCK + 1 }, 'SUSPECTED_DOWN'],
    ['it serves in part', 'UPU', {}, 'PARTIAL_OUTAGE'],
    [
      'it serves in part for one vantage, and replication lives: no veto hides it',
      'UPU',
      { witness: witness('ALIVE') },
      'PARTIAL_OUTAGE',
    ],
    ['all are refused, replication agrees', 'WWW', {}, 'CONFIRMED_DOWN'],
    ['all are refused, but replication brings something', 'WWW', { witness: witness('ALIVE') }, 'PARTIAL_OUTAGE'],
    [
      'some are refused, others get nothing, and replication brings something',
      'CWC',
      { witness: witness('ALIVE') },
      'PARTIAL_OUTAGE',
    ],
    [
      'all are refused, replication cannot tell',
      'WWW',
      { witness: witness('UNAVAILABLE') },
      'CONFIRMED_DOWN_UNCORROBORATED',
    ],
    ['two vantages get slow answers', 'UGG', {}, 'GRAY_FAILURE'],
    ['one vantage gets slow answers: its own way may be slow', 'UUG', {}, 'DEGRADED'],
    ['slow for two, suspected by the third', 'SGG', {}, 'GRAY_FAILURE'],
    ['slow for one that is left', '..G', {}, 'DEGRADED'],
    ['the probes use it, an alarm says down', 'UUU', { alarms: says('down') }, 'GRAY_FAILURE'],
    ['the probes use it, alarms disagree', 'UUU', { alarms: says('down', 'alive') }, 'HEALTHY'],
    ['the probes use it, an alarm says alive', 'UUU', { alarms: says('alive') }, 'HEALTHY'],
    [
      'all suspect, an alarm says down: the probes have not had their time',
      'SSS',
      { alarms: says('down') },
      'SUSPECTED_DOWN',
    ],
    ['every prober is broken, an alarm says down', 'FFF', { alarms: says('down') }, 'PROBER_FAULT'],
    ['brokers are missing', 'UEE', {}, 'DEGRADED'],
    ['brokers are missing after an outage, for the recovery time', 'UEE', { incidentOpen: true }, 'DEGRADED'],
    ['brokers are missing just after an outage', 'uEE', { incidentOpen: true }, 'RECOVERING'],
    ['one is slow after an outage', 'UUG', { incidentOpen: true }, 'RECOVERING'],
    ['nobody finds its names, all find those of the other', 'NNN', {}, 'NAME_RESOLUTION'],
    ['two find no names of it, the third is absent', 'NN.', {}, 'NAME_RESOLUTION'],
    ['one finds no names of it, the others are absent', 'N..', {}, 'PROBER_FAULT'],
    ['nobody finds any name', 'NNN', { otherReports: reports('NNN') }, 'PROBER_FAULT'],
    ['one of them finds no name at all', 'NNN', { otherReports: reports('UNU') }, 'PROBER_FAULT'],
    ['one of them is no vantage of the other', 'NNN', { otherReports: reports('UU') }, 'PROBER_FAULT'],
    [
      'the two that find no names of it find those of the other',
      'N.N',
      { otherReports: reports('U.U') },
      'NAME_RESOLUTION',
    ],
    ['one of them did not look at the other', 'NNN', { otherReports: reports('U.U') }, 'PROBER_FAULT'],
    ['no names for two, another fault for the third', 'NNF', {}, 'PROBER_FAULT'],
    ['no names for two, the third uses it', 'NNU', {}, 'HEALTHY'],
    ['all meet an expired certificate', 'TTT', {}, 'CONFIG_FAULT'],
    ['two meet an expired certificate, the third confirms it down: it lives', 'TTC', {}, 'SUSPECTED_DOWN'],
    ['one meets an expired certificate, the others are absent', 'T..', {}, 'PROBER_FAULT'],
    ['it serves again after an outage', 'UUu', { incidentOpen: true }, 'RECOVERING'],
    ['it has recovered everywhere', 'UUU', { incidentOpen: true }, 'HEALTHY'],
    ['a blip without an outage', 'Uuu', {}, 'HEALTHY'],
    ['one prober is broken, the others use it', 'UFU', {}, 'HEALTHY'],
    ['one vantage is absent, the others use it', '.UU', {}, 'HEALTHY'],
  ])('%s (%s): %#', (_story, letters, changes, kind) => {
    expect(judge(letters, changes).kind).toBe(kind);
  });

  test.each([
    ['one of three confirms', '..C', 'CONFIRMED_DOWN'],
    ['the one that confirms sits beside it', 'C..', 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['the only configured vantage sits beside it', 'C', 'CONFIRMED_DOWN'],
    ['the only configured vantage finds no names of it', 'N', 'NAME_RESOLUTION'],
    ['one of three finds no names of it', 'N..', 'PROBER_FAULT'],
  ] as const)('a single vantage is accepted: %s', (_story, letters, kind) => {
    expect(judge(letters, { acceptSingleVantage: true }).kind).toBe(kind);
  });

  test.each([
    ['G', 'GRAY_FAILURE'],
    ['N', 'PROBER_FAULT'],
  ] as const)('the only configured vantage, not accepted for automatic moves (%s)', (letters, kind) => {
    expect(judge(letters).kind).toBe(kind);
  });

  test('the only configured vantage is not enough unless that was accepted', () => {
    expect(judge('C').kind).toBe('CONFIRMED_DOWN_UNCORROBORATED');
  });
});

describe('alarms as witnesses of an outage that all vantages confirm', () => {
  test.each<readonly [Witness['kind'], readonly AlarmSaying['says'][], ClusterVerdictKind]>([
    ['UNAVAILABLE', [], 'CONFIRMED_DOWN_UNCORROBORATED'],
    ['UNAVAILABLE', ['down'], 'CONFIRMED_DOWN'],
    ['UNAVAILABLE', ['alive'], 'UNREACHABLE_FROM_PROBERS'],
    ['UNAVAILABLE', ['down', 'alive'], 'UNREACHABLE_FROM_PROBERS'],
    ['CORROBORATES', [], 'CONFIRMED_DOWN'],
    ['CORROBORATES', ['down'], 'CONFIRMED_DOWN'],
    ['CORROBORATES', ['alive'], 'UNREACHABLE_FROM_PROBERS'],
    ['ALIVE', [], 'UNREACHABLE_FROM_PROBERS'],
    ['ALIVE', ['down'], 'UNREACHABLE_FROM_PROBERS'],
  ])('replication %s, alarms say [%s]: %s', (kind, words, verdict) => {
    expect(judge('CCC', { witness: witness(kind), alarms: says(...words) }).kind).toBe(verdict);
  });

  test('an alarm does not stand in for a second vantage', () => {
    expect(judge('..C', { witness: witness('UNAVAILABLE'), alarms: says('down') }).kind).toBe(
      'CONFIRMED_DOWN_UNCORROBORATED',
    );
  });

  test('the reasons name it', () => {
    expect(judge('CCC', { alarms: says('down') }).reasons).toContain('alarm "alarm-down" says down');
  });
});

test('what does not serve is the worst that any vantage saw, set by set', () => {
  const part = (share: number, topics: string[], canaryShare: number): VantageReport['judgement'] => ({
    kind: 'partial',
    because: 'x',
    impairment: { canaryShare, sets: { 'clients-k1': { share, topics } } },
  });
  const seen = [part(0.1, ['orders'], 0.5), part(0.4, ['payments'], 0)];
  const list = seen.map((judgement, i) => ({ vantage: VANTAGES[i]!, outside: i > 0, judgement }));
  expect(judge('', { reports: list }).impairment).toEqual({
    canaryShare: 0.5,
    sets: { 'clients-k1': { share: 0.4, topics: ['orders', 'payments'] } },
  });
});

test.each([
  ['CONFIRMED_DOWN', 'automatic'],
  ['CONFIRMED_DOWN_UNCORROBORATED', 'approval'],
  ['PARTIAL_OUTAGE', 'approval'],
  ['GRAY_FAILURE', 'approval'],
  ['NAME_RESOLUTION', 'approval'],
  ['CONFIG_FAULT', 'approval'],
] as const)('%s allows: %s', (kind, allows) => {
  expect(allowsOf(kind)).toBe(allows);
});

test('no other verdict, and no unknown word, allows a move', () => {
  const moving = ['CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED', 'PARTIAL_OUTAGE', 'GRAY_FAILURE'];
  const others = CLUSTER_VERDICT_KINDS.filter((kind) => ![...moving, 'NAME_RESOLUTION', 'CONFIG_FAULT'].includes(kind));
  expect([...others, 'LATER_WORD'].map(allowsOf)).toEqual(Array(9).fill('nothing'));
});

test('each kind has one row, in the order of the list', () => {
  expect(CLUSTER_VERDICTS.map(({ kind }) => kind)).toEqual(CLUSTER_VERDICT_KINDS);
});

test('the sentence names verdict, witness, and every vantage with what it saw', () => {
  expect(judge('CF.', {}).sentence).toBe(
    'K1 is CONFIRMED_DOWN_UNCORROBORATED (confirmed, but by too few vantages, or neither replication nor an alarm can tell): ' +
      'replication: CORROBORATES, as replication shows; eu-west-1 confirms it down since 2026-11-22T09:59:00Z: tcp: refused; ' +
      'eu-central-1 cannot tell: dns: timeout; eu-north-1 has no fresh observation',
  );
});

test('failing since: the earliest of the vantages', () => {
  const early = {
    vantage: 'eu-north-1',
    outside: true,
    judgement: { kind: 'suspected', sinceMs: SINCE - 1, because: 'x' },
  } as const;
  expect(judge('C', { reports: [...reports('C'), early] }).failingSinceMs).toBe(SINCE - 1);
});

const rank = (kind: string): number => ({ automatic: 2, approval: 1, nothing: 0 })[allowsOf(kind)];
const letter = fc.constantFrom(...(Object.keys(JUDGEMENTS) as Letter[]));
const scene = fc.record({
  letters: fc.tuple(letter, letter, letter).map((list) => list.join('')),
  other: fc.tuple(letter, letter, letter).map((list) => list.join('')),
  kind: fc.constantFrom('ALIVE', 'CORROBORATES', 'UNAVAILABLE' as Witness['kind']),
  words: fc.subarray(['down', 'alive'] as const),
  incidentOpen: fc.boolean(),
  acceptSingleVantage: fc.boolean(),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;
const judgeScene = ({ letters, other, kind, words, ...rest }: Scene) =>
  judge(letters, { otherReports: reports(other), witness: witness(kind), alarms: says(...words), ...rest });
const replaced = (s: Scene, at: number, letter: string): Scene => ({
  ...s,
  letters: s.letters.slice(0, at) + letter + s.letters.slice(at + 1),
});

describe('properties of the verdict', () => {
  test('a vantage that stops telling never moves it towards acting, unless it had been seeing the cluster serve', () => {
    fc.assert(
      fc.property(scene, fc.nat(2), fc.constantFrom('F', 'L'), (s, at, abstains) => {
        fc.pre('CWS.FN'.includes(s.letters[at]!));
        expect(rank(judgeScene(replaced(s, at, abstains)).kind)).toBeLessThanOrEqual(rank(judgeScene(s).kind));
      }),
    );
  });

  test('abstentions that agree on names or on the certificate lead to a person at most', () => {
    fc.assert(
      fc.property(scene, fc.nat(2), fc.constantFrom('N', 'T'), (s, at, abstains) => {
        fc.pre('CWS.F'.includes(s.letters[at]!));
        const [before, after] = [rank(judgeScene(s).kind), rank(judgeScene(replaced(s, at, abstains)).kind)];
        expect(after).toBeLessThanOrEqual(Math.max(before, 1));
      }),
    );
  });

  test('an alarm alone never leads to more than a person', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const without = rank(judgeScene({ ...s, words: [] }).kind);
        const kind = judgeScene(s).kind;
        expect(rank(kind) < 2 || without === 2 || without === 1).toBe(true);
        // Only what all vantages confirmed is lifted from a person to none.
        if (rank(kind) === 2 && without === 1)
          expect(judgeScene({ ...s, words: [] }).kind).toBe('CONFIRMED_DOWN_UNCORROBORATED');
      }),
    );
  });

  test('an alarm that says alive never leads towards acting', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const calm = judgeScene({ ...s, words: [...s.words, 'alive'] });
        expect(rank(calm.kind)).toBeLessThanOrEqual(Math.max(rank(judgeScene(s).kind), vetoedPart(s)));
      }),
    );
  });
  /** A cluster that refuses all work but lives is a partial outage, which a person may be asked about. */
  const vetoedPart = (s: Scene) => (s.letters.includes('W') ? 1 : 0);

  test('an interruption of our own running never leads towards acting', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const { letters, other, kind, words, ...rest } = s;
        const settling = judge(letters, {
          otherReports: reports(other),
          witness: witness(kind),
          alarms: says(...words),
          settlingUntilMs: TEN_O_CLOCK + 1,
          ...rest,
        });
        expect(rank(settling.kind)).toBeLessThanOrEqual(rank(judgeScene(s).kind));
        expect(settling.kind).not.toMatch(/^CONFIRMED/);
      }),
    );
  });

  test('a failure in place of a success never heals', () => {
    fc.assert(
      fc.property(scene, fc.nat(2), (s, at) => {
        fc.pre('UuEG'.includes(s.letters[at]!));
        const worse = judgeScene(replaced(s, at, 'S')).kind;
        expect(['HEALTHY', 'RECOVERING', 'DEGRADED']).not.toContain(worse);
      }),
    );
  });

  test('a vantage that sees something worse never makes the verdict better', () => {
    const order = ['U', 'E', 'G', 'P', 'S', 'C'];
    /** Only verdicts that say something about the cluster itself can be compared. */
    const gravity = ['HEALTHY', 'DEGRADED', 'RECOVERING', 'SUSPECTED_DOWN', 'GRAY_FAILURE', 'PARTIAL_OUTAGE'];
    const healthy = (kind: string) => gravity.slice(0, 3).includes(kind);
    fc.assert(
      fc.property(scene, fc.nat(2), fc.nat(), (s, at, by) => {
        const from = order.indexOf(s.letters[at]!);
        fc.pre(from >= 0);
        const worse = judgeScene(replaced(s, at, order[from + (by % (order.length - from))]!)).kind;
        const before = judgeScene(s).kind;
        expect(!healthy(worse) || gravity.indexOf(worse) >= gravity.indexOf(before)).toBe(true);
      }),
    );
  });

  test('only a witness that agrees leads to a move without a person', () => {
    fc.assert(
      fc.property(
        scene,
        (s) =>
          rank(judgeScene(s).kind) < 2 ||
          (!s.words.includes('alive') &&
            (s.kind === 'CORROBORATES' || (s.kind === 'UNAVAILABLE' && s.words.includes('down')))),
      ),
    );
  });

  test('the order of the vantages does not matter', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const forward = evidence(s.letters, {
          otherReports: reports(s.other),
          witness: witness(s.kind),
          alarms: says(...s.words),
          incidentOpen: s.incidentOpen,
        });
        const backward = {
          ...forward,
          reports: forward.reports.toReversed(),
          otherReports: forward.otherReports.toReversed(),
        };
        expect(judgeCluster(backward).kind).toBe(judgeCluster(forward).kind);
      }),
    );
  });
});

describe('what the reasons say', () => {
  test.each<readonly [string, string, Partial<ClusterEvidence>, string]>([
    ['a vantage that suspects', 'SUU', {}, 'eu-west-1 suspects it down since 2026-11-22T09:59:00Z: tcp: refused'],
    ['a vantage that sees a part', 'UPU', {}, 'eu-central-1 sees it serve in part: 1 of 3 canary partitions'],
    ['a slow vantage', 'UUG', {}, 'eu-north-1 gets answers late or not at all: canary-write took 2500 ms'],
    ['a vantage that uses it', 'UUU', {}, 'eu-west-1 uses it'],
    [
      'a vantage that uses it again',
      'uUU',
      {},
      'eu-west-1 uses it, with failures or too few looks in the recovery time',
    ],
    ['a vantage that misses brokers', 'EUU', {}, 'eu-west-1 uses it, but 1 brokers that hold replicas are missing'],
    ['both', 'CCC', { otherReports: reports('CCC') }, 'vantages confirm the other cluster down as well'],
    ['the other cluster alone', 'UUU', { otherReports: reports('CCC') }, 'vantages confirm the other cluster down'],
    ['one that is only suspected', 'SSU', { otherReports: reports('CCC') }, 'vantages confirm the other cluster down'],
    [
      'our own running',
      'CCC',
      { settlingUntilMs: TEN_O_CLOCK + 1_000 },
      'our own running was interrupted: observing only until 2026-11-22T10:00:01Z',
    ],
  ])('about %s', (_story, letters, changes, reason) => {
    expect(judge(letters, changes).reasons).toContain(reason);
  });

  test('nothing about what is not so', () => {
    expect(judge('UUU').reasons).toEqual([
      'replication: CORROBORATES, as replication shows',
      'eu-west-1 uses it',
      'eu-central-1 uses it',
      'eu-north-1 uses it',
    ]);
  });
});

test('an incident opens with each verdict that some vantage confirms, and with no other', () => {
  expect(CLUSTER_VERDICT_KINDS.filter(opensIncident)).toEqual([
    'BOTH_DOWN',
    'UNREACHABLE_FROM_PROBERS',
    'CONFIRMED_DOWN',
    'CONFIRMED_DOWN_UNCORROBORATED',
  ]);
});

test('every verdict but HEALTHY says what lifts it', () => {
  expect(CLUSTER_VERDICTS.filter(({ liftedBy }) => liftedBy === '').map(({ kind }) => kind)).toEqual(['HEALTHY']);
});
