/**
 * From what vantages and replication saw to what is decided, by the functions that the deployed system calls: whatever was seen,
 * trouble never looks like health, silence never acts, and the order in which things were read does not matter.
 */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { ClusterObservation, FlowObservation } from '../../../core/contracts/observations.ts';
import { judgeFlow, witnessOf } from '../../../core/health/flow.ts';
import { judgePair } from '../../../core/health/pair.ts';
import { flowRulesOf } from '../../../core/health/rules.ts';
import { CLUSTER_VERDICT_KINDS } from '../../../core/health/verdicts.ts';
import { callFor } from '../../../core/move/call.ts';
import { decideMove } from '../../../core/move/decide.ts';
import type { MoveDecision } from '../../../core/move/decide.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import {
  brokenAt,
  byPerson,
  flowLook,
  group,
  member,
  nothingWritten,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  RULES,
  setLook,
  storedVerdict,
  wholeLadder,
} from '../../support/builders/judgement.ts';
import { claimOf, K1_REGION, K2_REGION, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const VANTAGES = [K1_REGION, K2_REGION, 'eu-north-1'];
const INTERVAL_MS = 10_000;

/** What a look shows. Lower case: nothing can be told. */
const LOOKS = {
  U: () => wholeLadder(),
  E: () => wholeLadder({ missingBrokers: 1 }),
  G: () => wholeLadder({ rungs: wholeLadder().rungs.map((rung) => ({ ...rung, tookMs: 2_500 })) }),
  P: () => wholeLadder({ canary: { partitions: 3, failed: 2 } }),
  W: () => brokenAt('canary-write', 'service-failure'),
  D: () => brokenAt('tcp', 'transport-failure'),
  r: () => brokenAt('tcp', 'prober-fault-runtime'),
  a: () => brokenAt('sasl', 'prober-fault-auth'),
  n: () => brokenAt('dns', 'prober-fault-dns'),
  t: () => brokenAt('tls', 'config-fault-server-cert'),
} as const;
type Letter = keyof typeof LOOKS;
const FAILURES = ['P', 'W', 'D'] as const;

interface Seen {
  readonly letter: Letter;
  readonly atMs: number;
}
type Cluster = 'K1' | 'K2';
/** Per cluster, per vantage. */
type Picture = Readonly<Record<Cluster, readonly (readonly Seen[])[]>>;
interface Scene {
  readonly picture: Picture;
  readonly flow: readonly FlowObservation[];
  readonly incidentOpen: boolean;
  readonly facts: MoveFacts;
}

const observation = ({ letter, atMs }: Seen, cluster: Cluster, vantage: string): ClusterObservation => ({
  ...LOOKS[letter](),
  cluster,
  vantage,
  atMs,
});

/** The verdicts of one turn, from raw looks, and what is decided on them an hour into their standing. */
function judged({ picture, flow, incidentOpen, facts }: Scene) {
  const flowRules = flowRulesOf(config);
  const noWord = { kind: 'UNAVAILABLE', because: 'no fresh look at the flow' } as const;
  const clusters = (['K1', 'K2'] as const).map((alias) => ({
    alias,
    region: alias === 'K1' ? K1_REGION : K2_REGION,
    observations: new Map(
      VANTAGES.map((vantage, i) => [vantage, picture[alias][i]!.map((seen) => observation(seen, alias, vantage))]),
    ),
    witness: alias === 'K1' ? witnessOf(flow, flowRules, TEN_O_CLOCK) : noWord,
    alarms: [],
    incidentOpen,
  }));
  const verdicts = judgePair(
    clusters,
    { window: RULES, acceptSingleVantage: false, settlingUntilMs: undefined },
    TEN_O_CLOCK,
  );
  const standing = (alias: Cluster) => {
    const { kind, sentence, allows, reasons, impairment } = verdicts.get(alias)!;
    const data = { allows, reasons: [...reasons], ...(impairment ? { impairment } : {}) };
    return storedVerdict(`cluster:${alias}`, kind, { sentence, data });
  };
  const outbound = judgeFlow('K1->K2', flow, flowRules, TEN_O_CLOCK);
  return {
    ...facts,
    verdicts: {
      ...facts.verdicts,
      home: standing('K1'),
      refuge: standing('K2'),
      outbound: storedVerdict('flow:K1->K2', outbound.kind),
    },
  };
}

/** How far a decision goes: nothing, a person is asked, clients are moved. */
const ACTING: Readonly<Record<MoveDecision['kind'], number>> = {
  claim: 2,
  'approves-open': 2,
  'ends-open': 2,
  ask: 1,
  unconfirmed: 0,
  'already-handled': 0,
  stale: 0,
  refused: 0,
};
const acting = (facts: MoveFacts) => ACTING[decideMove(facts).kind];
const actingOn = (scene: Scene) => acting(judged(scene));

const letters = (...of: readonly Letter[]) => fc.constantFrom(...of);
const looks = (of: fc.Arbitrary<Letter>, maxLength = 14) =>
  fc
    .array(fc.option(of, { freq: 8 }), { maxLength })
    .map((row) =>
      row.flatMap((letter, i) =>
        letter === null ? [] : [{ letter, atMs: TEN_O_CLOCK - (row.length - 1 - i) * INTERVAL_MS }],
      ),
    );
const ANY = Object.keys(LOOKS) as Letter[];
/** One thing all the time, but for one look. */
const mostly = (letter: Letter) =>
  fc
    .tuple(fc.integer({ min: 8, max: 16 }), fc.option(fc.tuple(fc.nat(15), letters(...ANY)), { nil: undefined }))
    .map(([count, odd]) =>
      Array.from({ length: count }, (_, i) => ({
        letter: odd?.[0] === i ? odd[1] : letter,
        atMs: TEN_O_CLOCK - (count - 1 - i) * INTERVAL_MS,
      })),
    );
const each = (of: fc.Arbitrary<readonly Seen[]>) => fc.tuple(of, of, of);
const anything = looks(letters(...ANY));
const lost = mostly('D');
const fine = mostly('U');
const home = fc.oneof(
  { weight: 4, arbitrary: each(lost) },
  { weight: 1, arbitrary: each(fine) },
  { weight: 1, arbitrary: each(fc.oneof(mostly('W'), mostly('P'), mostly('G'))) },
  { weight: 1, arbitrary: fc.tuple(lost, lost, anything) },
  { weight: 1, arbitrary: each(anything) },
);
const refuge = fc.oneof(
  { weight: 5, arbitrary: each(fine) },
  { weight: 1, arbitrary: fc.tuple(fine, fine, anything) },
  { weight: 1, arbitrary: each(fc.oneof(anything, lost)) },
);
const heartbeats = fc.record({
  own: fc.option(fc.constantFrom(1_000, 600_000), { nil: undefined }),
  copied: fc.option(fc.constantFrom(1_000, 600_000, 600_000), { nil: undefined }),
  grown: fc.boolean(),
});
const ends = (high: string) => ({ 'K1.orders': { '0': { start: '0', highWatermark: high, lastStable: high } } });
const flowOf = ({ own, copied, grown }: { own: number | undefined; copied: number | undefined; grown: boolean }) => {
  const beat = (agoMs: number | undefined) => (agoMs === undefined ? undefined : TEN_O_CLOCK - agoMs);
  const at = (agoMs: number, high: string) =>
    flowLook({
      atMs: TEN_O_CLOCK - agoMs,
      ownHeartbeatMs: beat(own),
      copiedHeartbeatMs: beat(copied),
      remoteEnds: ends(high),
    });
  return [at(60_000, '5'), at(30_000, '5'), at(0, grown ? '6' : '5')];
};
/** A quiet source under a flow that runs: what a real outage looks like. */
const flow = fc.oneof(
  { weight: 4, arbitrary: fc.constant(flowOf({ own: 1_000, copied: 600_000, grown: false })) },
  { weight: 1, arbitrary: heartbeats.map(flowOf) },
  { weight: 1, arbitrary: fc.constant([]) },
);

const seldom = <T>(usual: T, rare: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) });
const ABOVE_RULES = { pairsAtOnce: 1, together: { share: 0.5, windowMs: 300_000 } } as const;
/** What two pairs say in the table above them: the other one moves unless there is a place, and is lost or not. */
const above = ({ place, together }: { readonly place: boolean; readonly together: boolean }) => {
  const report = (pair: string, down: boolean) => ({
    pair,
    atMs: TEN_O_CLOCK,
    clusters: [],
    ...(down ? { downAtMs: TEN_O_CLOCK } : {}),
  });
  const move = { pair: 'bills', clientSet: 'clients-a', epoch: 1, untilMs: TEN_O_CLOCK + 1 };
  return {
    kind: 'read' as const,
    moves: place ? [] : [move],
    reports: [report('orders', true), report('bills', together)],
  };
};
/** The rest of the world, good and bad, for a way out and a way home. */
const facts = fc
  .record({
    move: seldom<'failover' | 'failback'>('failover', 'failback'),
    trigger: seldom<'automatic' | 'manual'>('automatic', 'manual'),
    mode: fc.constantFrom('automatic', 'automatic', 'automatic', 'approve', 'observe' as const),
    force: seldom(false, true),
    accepts: seldom(false, true),
    open: seldom(false, true),
    limited: fc.boolean(),
    loss: seldom('10', '5000'),
    topicMissing: seldom(false, true),
    assignor: seldom('range', 'RoundRobinAssigner'),
    homeMember: seldom(false, true),
    rehearsed: seldom(true, false),
    place: seldom(true, false),
    together: seldom(false, true),
  })
  .map((of): MoveFacts => {
    const away = of.move === 'failback';
    const base = away ? recoveryFacts() : outageFacts();
    const request = (of.trigger === 'manual' ? byPerson : requestOfRule)({
      move: of.move,
      trigger: of.trigger,
      force: of.force,
      acceptDataLoss: of.accepts,
    });
    const open = of.open ? { epoch: 1, open: claimOf() } : {};
    const members = of.homeMember ? [member('k1-billing')] : [];
    return {
      ...base,
      request,
      place: { ...base.place, failback: 'automatic', rpo: of.limited ? { records: 100 } : null },
      state: { ...base.state, mode: of.mode, ...open },
      found: setLook({
        refugeTopics: { orders: 3, payments: of.topicMissing ? null : 3 },
        groupsAtRefuge: { billing: group({ activity: 'active', assignor: of.assignor, members: [member('k2')] }) },
        groupsAtHome: { billing: group({ activity: of.homeMember ? 'active' : 'empty', members }) },
        homeWrites: nothingWritten(),
      }),
      loss: {
        kind: 'estimated',
        records: { lower: '0', upper: of.loss },
        seconds: { lower: 0, upper: 1 },
        recordsPerSecond: 1,
        sampledAtMs: TEN_O_CLOCK,
        ageMs: 0,
      },
      rehearsedAtMs: of.rehearsed ? TEN_O_CLOCK : null,
      abovePairs: above({ place: of.place, together: of.together }),
      rules: { ...base.rules, rehearsalMs: 86_400_000, ...ABOVE_RULES },
    };
  });

const scene: fc.Arbitrary<Scene> = fc.record({
  picture: fc.record({ K1: home, K2: refuge }),
  flow,
  incidentOpen: fc.boolean(),
  facts,
});

const changed = (
  at: Scene,
  cluster: Cluster,
  which: number,
  change: (seen: readonly Seen[]) => readonly Seen[],
): Scene => ({
  ...at,
  picture: { ...at.picture, [cluster]: at.picture[cluster].map((seen, i) => (i === which ? change(seen) : seen)) },
});
const kindOf = (at: Scene, cluster: Cluster) => judged(at).verdicts[cluster === 'K1' ? 'home' : 'refuge'].kind;
const either = fc.constantFrom('K1', 'K2' as const);
const RUNS = { numRuns: 300 };

test('these scenes are no desert: moves, questions and refusals are among them, and nearly every verdict', () => {
  const scenes = fc.sample(scene, { numRuns: 600, seed: 1 });
  const ends = scenes.map(actingOn);
  expect([0, 1, 2].filter((end) => ends.filter((one) => one === end).length < 15)).toEqual([]);
  const kinds = new Set(scenes.map((at) => kindOf(at, 'K1')));
  const rare = ['UNKNOWN', 'NAME_RESOLUTION', 'CONFIG_FAULT', 'PROBER_FAULT'];
  expect(CLUSTER_VERDICT_KINDS.filter((kind) => !kinds.has(kind) && !rare.includes(kind))).toEqual([]);
});

describe('more failures never heal', () => {
  const BAND: Readonly<Record<string, number>> = { HEALTHY: 0, DEGRADED: 1, RECOVERING: 2 };
  const band = (kind: string) => BAND[kind] ?? 3;

  test('one more look that fails, at whatever instant and from whatever vantage, leads no verdict towards HEALTHY', () => {
    fc.assert(
      fc.property(
        scene,
        either,
        fc.nat(2),
        fc.nat(200),
        fc.constantFrom(...FAILURES),
        (at, cluster, which, s, letter) => {
          const worse = changed(at, cluster, which, (seen) => [...seen, { letter, atMs: TEN_O_CLOCK - s * 1_000 }]);
          for (const other of ['K1', 'K2'] as const)
            expect(band(kindOf(worse, other))).toBeGreaterThanOrEqual(band(kindOf(at, other)));
        },
      ),
      RUNS,
    );
  });

  test('nor does any look that fails where it had succeeded', () => {
    fc.assert(
      fc.property(
        scene,
        either,
        fc.nat(2),
        fc.nat(15),
        fc.constantFrom(...FAILURES),
        (at, cluster, which, nth, letter) => {
          fc.pre('UEG'.includes(at.picture[cluster][which]![nth]?.letter ?? '-'));
          const worse = changed(at, cluster, which, (seen) =>
            seen.map((one, i) => (i === nth ? { ...one, letter } : one)),
          );
          expect(band(kindOf(worse, cluster))).toBeGreaterThanOrEqual(band(kindOf(at, cluster)));
        },
      ),
      RUNS,
    );
  });
});

describe('silence never acts', () => {
  test('one more look that can tell nothing moves no decision towards acting', () => {
    fc.assert(
      fc.property(scene, either, fc.nat(2), fc.nat(200), letters('r', 'a'), (at, cluster, which, s, letter) => {
        const more = changed(at, cluster, which, (seen) => [...seen, { letter, atMs: TEN_O_CLOCK - s * 1_000 }]);
        expect(actingOn(more)).toBeLessThanOrEqual(actingOn(at));
      }),
      RUNS,
    );
  });

  test('nor do any number of them, twice as often as looks that can, from one vantage or all, for a minute or three', () => {
    const vantages = fc.constantFrom([0], [1, 2], [0, 1, 2]);
    fc.assert(
      fc.property(scene, either, vantages, fc.integer({ min: 15, max: 45 }), letters('r', 'a'), (...drawn) => {
        const [at, cluster, of, count, letter] = drawn;
        const silent = Array.from({ length: count }, (_, i) => ({ letter, atMs: TEN_O_CLOCK - i * 4_000 }));
        const more = of.reduce((scene, which) => changed(scene, cluster, which, (seen) => [...seen, ...silent]), at);
        expect(actingOn(more)).toBeLessThanOrEqual(actingOn(at));
      }),
      RUNS,
    );
  });

  test('one more look that finds no name, or meets an expired certificate, leads to a person at most', () => {
    fc.assert(
      fc.property(scene, either, fc.nat(2), fc.nat(200), letters('n', 't'), (at, cluster, which, s, letter) => {
        fc.pre(at.facts.request.trigger !== 'manual');
        const more = changed(at, cluster, which, (seen) => [...seen, { letter, atMs: TEN_O_CLOCK - s * 1_000 }]);
        expect(actingOn(more)).toBeLessThanOrEqual(Math.max(1, actingOn(at)));
      }),
      RUNS,
    );
  });

  test('a whole failure of home, or a whole success of the refuge, that becomes unknown or absent moves none either', () => {
    const silent = fc.constantFrom('r', 'a', undefined);
    fc.assert(
      fc.property(scene, either, fc.nat(2), fc.nat(15), silent, (at, cluster, which, nth, letter) => {
        fc.pre(at.facts.request.move === 'failover');
        // What is half a failure speaks against it too: late answers of the refuge, partitions of home that serve.
        const speaksForIt = cluster === 'K1' ? 'WD' : 'U';
        fc.pre(speaksForIt.includes(at.picture[cluster][which]![nth]?.letter ?? '-'));
        const less = changed(at, cluster, which, (seen) =>
          seen.flatMap((one, i) => (i !== nth ? [one] : letter === undefined ? [] : [{ ...one, letter }])),
        );
        // A home that serves in part asks a person, one that is suspected to be down asks nobody yet.
        const inPart = at.picture.K1.flat().some((seen) => seen.letter === 'P');
        expect(actingOn(less)).toBeLessThanOrEqual(inPart ? Math.max(1, actingOn(at)) : actingOn(at));
      }),
      RUNS,
    );
  });

  test('replication that cannot be read leads no rule to more than a person', () => {
    fc.assert(
      fc.property(scene, (at) => {
        fc.pre(at.facts.request.trigger !== 'manual' && at.facts.request.move === 'failover');
        expect(actingOn({ ...at, flow: [] })).toBeLessThanOrEqual(1);
      }),
      RUNS,
    );
  });
});

describe('what nobody could find out never acts', () => {
  const found =
    (change: Partial<NonNullable<MoveFacts['found']>>) =>
    (of: MoveFacts): MoveFacts => ({
      ...of,
      found: of.found && { ...of.found, ...change },
    });
  const verdict =
    (role: keyof MoveFacts['verdicts']) =>
    (of: MoveFacts): MoveFacts => ({
      ...of,
      verdicts: { ...of.verdicts, [role]: storedVerdict(of.verdicts[role].subject, 'UNKNOWN') },
    });
  const BLANKED: readonly (readonly [string, (of: MoveFacts) => MoveFacts])[] = [
    ['home', verdict('home')],
    ['the refuge', verdict('refuge')],
    ['the way out', verdict('outbound')],
    ['the way back', verdict('inbound')],
    ['what the set would find', (of) => ({ ...of, found: null })],
    ['topics at the refuge', found({ refugeTopics: undefined })],
    ['remote topics', found({ remoteTopics: undefined })],
    ['groups at the refuge', found({ groupsAtRefuge: undefined })],
    ['one group at the refuge', found({ groupsAtRefuge: { billing: group({ activity: 'unknown' }) } })],
    ['groups at home', found({ groupsAtHome: undefined })],
    ['one group at home', found({ groupsAtHome: { billing: group({ activity: 'unknown' }) } })],
    ['which cluster home is', found({ homeClusterId: undefined })],
    ['which cluster home was', (of) => ({ ...of, homeClusterId: null })],
    ['who writes at home', found({ homeWrites: undefined })],
    ['the expected loss', (of) => ({ ...of, loss: null })],
    ['the basis of the expected loss', (of) => ({ ...of, loss: { kind: 'unknown', because: ['no samples'] } })],
    ['when it was rehearsed', (of) => ({ ...of, rehearsedAtMs: null })],
    ['the table above the pairs', (of) => ({ ...of, abovePairs: { kind: 'unknown', because: 'no answer' } })],
    ['what pairs report', (of) => ({ ...of, abovePairs: { kind: 'read', moves: [], reports: [] } })],
  ];
  test.each(BLANKED)('%s', (_what, blank) => {
    fc.assert(
      fc.property(scene, (at) => {
        const before = judged(at);
        expect(acting(blank(before))).toBeLessThanOrEqual(acting(before));
        if (callFor(before) === undefined) expect(callFor(blank(before))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('on a world where all is well for a move, each of them counts for one of the two ways', () => {
    const good = [outageFacts(), recoveryFacts()].map((of) => ({
      ...of,
      rules: { ...of.rules, rehearsalMs: 86_400_000, ...ABOVE_RULES },
      abovePairs: above({ place: true, together: false }),
      rehearsedAtMs: TEN_O_CLOCK,
      request: { ...of.request, trigger: 'automatic' as const },
      place: { ...of.place, failback: 'automatic' as const, rpo: { records: 100 } },
      loss: {
        kind: 'estimated' as const,
        records: { lower: '0', upper: '0' },
        seconds: { lower: 0, upper: 0 },
        recordsPerSecond: 0,
        sampledAtMs: TEN_O_CLOCK,
        ageMs: 0,
      },
    }));
    expect(good.map(acting)).toEqual([2, 2]);
    const idle = BLANKED.filter(([, blank]) => good.every((of) => acting(blank(of)) === 2)).map(([what]) => what);
    expect(idle).toEqual([]);
  });
});

describe('order does not matter', () => {
  const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });
  test('in whatever order looks were read, verdicts and decision are the same', () => {
    const pairs = scene.chain((at) =>
      fc
        .record({
          K1: fc.tuple(...at.picture.K1.map(shuffled)),
          K2: fc.tuple(...at.picture.K2.map(shuffled)),
          flow: shuffled(at.flow),
        })
        .map(({ K1, K2, flow: looked }) => [at, { ...at, picture: { K1, K2 }, flow: looked }] as const),
    );
    fc.assert(
      fc.property(pairs, ([at, other]) => {
        const [one, same] = [judged(at), judged(other)];
        expect(same.verdicts).toEqual(one.verdicts);
        expect(decideMove(same)).toEqual(decideMove(one));
      }),
      RUNS,
    );
  });
});

test('a state that nobody expects is decided as well: each decision has a kind, a sentence and a reason', () => {
  const phases = fc.constantFrom('home', 'draining', 'refuge', 'returning', 'leaving' as const);
  fc.assert(
    fc.property(scene, phases, (at, phase) => {
      const decision = decideMove({ ...judged(at), state: { ...stateOf(config), phase } });
      expect([decision.sentence === '', decision.reasons.length === 0]).toEqual([false, false]);
    }),
    RUNS,
  );
});
