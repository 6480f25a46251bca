import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { allowsOf, CLUSTER_VERDICT_KINDS, CLUSTER_VERDICTS, judgeCluster } from '../../../core/health/cluster.ts';
import type { ClusterEvidence, ClusterVerdictKind, VantageReport, Witness } from '../../../core/health/cluster.ts';
import type { VantageJudgement } from '../../../core/health/window.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const SINCE = TEN_O_CLOCK - 60_000;
const JUDGEMENTS = {
  C: { kind: 'confirmed', sinceMs: SINCE, because: 'tcp: refused' },
  S: { kind: 'suspected', sinceMs: SINCE, because: 'tcp: refused' },
  P: { kind: 'partial', because: '1 of 3 canary partitions' },
  U: { kind: 'up', recovered: true },
  u: { kind: 'up', recovered: false },
  F: { kind: 'faulty', signOfLife: false, because: 'dns: timeout' },
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

const evidence = (letters: string, changes: Partial<ClusterEvidence> = {}): ClusterEvidence => ({
  cluster: 'K1',
  reports: reports(letters),
  otherReports: reports('UUU'),
  witness: witness('CORROBORATES'),
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
    ['two confirm, the third sees it serve in part', 'CCP', {}, 'SUSPECTED_DOWN'],
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
  ] as const)('a single vantage is accepted: %s', (_story, letters, kind) => {
    expect(judge(letters, { acceptSingleVantage: true }).kind).toBe(kind);
  });

  test('the only configured vantage is not enough unless that was accepted', () => {
    expect(judge('C').kind).toBe('CONFIRMED_DOWN_UNCORROBORATED');
  });
});

test.each([
  ['CONFIRMED_DOWN', 'automatic'],
  ['CONFIRMED_DOWN_UNCORROBORATED', 'approval'],
] as const)('%s allows: %s', (kind, allows) => {
  expect(allowsOf(kind)).toBe(allows);
});

test('no other verdict, and no unknown word, allows a move', () => {
  const others = CLUSTER_VERDICT_KINDS.filter((kind) => !kind.startsWith('CONFIRMED'));
  expect([...others, 'LATER_WORD'].map(allowsOf)).toEqual(Array(9).fill('nothing'));
});

test('each kind has one row, in the order of the list', () => {
  expect(CLUSTER_VERDICTS.map(({ kind }) => kind)).toEqual(CLUSTER_VERDICT_KINDS);
});

test('the sentence names verdict, witness, and every vantage with what it saw', () => {
  expect(judge('CF.', {}).sentence).toBe(
    'K1 is CONFIRMED_DOWN_UNCORROBORATED (confirmed, but by too few vantages, or replication cannot tell): ' +
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
  incidentOpen: fc.boolean(),
  acceptSingleVantage: fc.boolean(),
});
const judgeScene = ({
  letters,
  other,
  kind,
  ...rest
}: {
  letters: string;
  other: string;
  kind: Witness['kind'];
  incidentOpen: boolean;
  acceptSingleVantage: boolean;
}) => judge(letters, { otherReports: reports(other), witness: witness(kind), ...rest });

describe('properties of the verdict', () => {
  test('a vantage that stops telling never moves it towards acting, unless it had been seeing the cluster serve', () => {
    fc.assert(
      fc.property(scene, fc.nat(2), fc.constantFrom('F', 'L'), (s, at, abstains) => {
        fc.pre('CS.F'.includes(s.letters[at]!));
        const letters = s.letters.slice(0, at) + abstains + s.letters.slice(at + 1);
        expect(rank(judgeScene({ ...s, letters }).kind)).toBeLessThanOrEqual(rank(judgeScene(s).kind));
      }),
    );
  });

  test('a failure in place of a success never heals', () => {
    fc.assert(
      fc.property(scene, fc.nat(2), (s, at) => {
        fc.pre('Uu'.includes(s.letters[at]!));
        const worse = judgeScene({ ...s, letters: `${s.letters.slice(0, at)}S${s.letters.slice(at + 1)}` }).kind;
        expect(['HEALTHY', 'RECOVERING', 'PARTIAL_OUTAGE']).not.toContain(worse);
      }),
    );
  });

  test('only replication that agrees leads to a move without a person', () => {
    fc.assert(fc.property(scene, (s) => rank(judgeScene(s).kind) < 2 || s.kind === 'CORROBORATES'));
  });

  test('the order of the vantages does not matter', () => {
    fc.assert(
      fc.property(scene, (s) => {
        const forward = evidence(s.letters, {
          otherReports: reports(s.other),
          witness: witness(s.kind),
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
