import { expect, test } from '@jest/globals';
import { whyPaused } from '../../../core/move/pause.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import type { Routing } from '../../../core/contracts/routing.ts';
import { decideRegions, type RegionReading } from '../../../core/routing/regions.ts';
import {
  claimOf,
  K1_REGION,
  K2_REGION,
  pairConfig,
  placedK1,
  routingOf,
  stateOf,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';

const config = pairConfig();
const placed = placedK1(config);
const here = (routing: Routing): RegionReading => ({ kind: 'value', region: K2_REGION, routing });
const there = (routing: Routing): RegionReading => ({ kind: 'value', region: K1_REGION, routing });
const absent = (region: string): RegionReading => ({ kind: 'absent', region });
const home = routingOf(config, { phase: 'home' });
const decide = (state: SetState | null, readings: readonly RegionReading[], copy: SetState | null = null) => {
  const nowMs = TEN_O_CLOCK;
  const paused = state === null ? [] : whyPaused(state, placed, { pauses: [], nowMs });
  return decideRegions({ config, placed, state, copy, readings, paused, nowMs });
};

test('nothing anywhere: the first value sends everybody home, epoch 0, revision 1', () => {
  const decision = decide(null, [absent(K2_REGION), absent(K1_REGION)]);
  expect(decision).toMatchObject({
    kind: 'create',
    next: { epoch: 0, revision: 1, phase: 'home', mode: 'automatic', version: 1 },
    routing: { revision: 1, phase: 'home' },
  });
});
test('a region that cannot be read may hold a value, so none is created', () =>
  expect(decide(null, [absent(K2_REGION), { kind: 'unreachable', region: K1_REGION, because: 'timed out' }]).kind).toBe(
    'observe',
  ));
test('a corrupt value is somebody’s value, so none is created', () =>
  expect(decide(null, [absent(K2_REGION), { kind: 'corrupt', region: K1_REGION, problems: ['not JSON'] }]).kind).toBe(
    'observe',
  ));
test('an empty table and a value outside: the value is taken over, nothing is written', () =>
  expect(
    decide(null, [here(routingOf(config, { phase: 'refuge', epoch: 3, revision: 9 })), absent(K1_REGION)]),
  ).toMatchObject({
    kind: 'import',
    next: { epoch: 3, revision: 9, phase: 'refuge', version: 1 },
  }));
test('what is taken over keeps mode and pause as the home region knows them', () => {
  const pause = { owner: 'ana', reason: 'works', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 };
  const copy = stateOf(config, { epoch: 3, mode: 'observe', pause, version: 77 });
  expect(decide(null, [here(routingOf(config, { phase: 'home', epoch: 3, revision: 9 }))], copy)).toMatchObject({
    kind: 'import',
    next: { mode: 'observe', pause, version: 1 },
  });
});
test('a higher epoch outside ends our own claim', () => {
  const decision = decide(stateOf(config, { epoch: 1, open: claimOf() }), [
    here(routingOf(config, { phase: 'home', epoch: 1_001, revision: 50 })),
  ]);
  expect(decision).toMatchObject({ kind: 'import', next: { epoch: 1_001, version: 2 } });
  expect(decision.kind === 'import' && decision.next.open).toBeUndefined();
});
test.each(['draining', 'returning', 'leaving'] as const)('a higher epoch in mid-move (%s) is only watched', (phase) =>
  expect(decide(stateOf(config), [here(routingOf(config, { phase, epoch: 4, revision: 50 }))]).kind).toBe('observe'),
);
test('a newer claim known at home keeps us from writing', () =>
  expect(decide(stateOf(config), [absent(K2_REGION), there(home)], stateOf(config, { epoch: 1_001 })).kind).toBe(
    'observe',
  ));
test('all equal: agreed', () =>
  expect(decide(stateOf(config), [here(home), there(home)])).toMatchObject({ kind: 'agreed' }));
test('a region out of reach does not disturb the others', () =>
  expect(
    decide(stateOf(config), [here(home), { kind: 'unreachable', region: K1_REGION, because: 'timed out' }]).kind,
  ).toBe('agreed'));
test.each<readonly [string, RegionReading]>([
  ['has lost its value', absent(K1_REGION)],
  ['holds a corrupt value', { kind: 'corrupt', region: K1_REGION, problems: ['not JSON'] }],
])('a region that %s gets it again', (_story, reading) =>
  expect(decide(stateOf(config), [here(home), reading])).toMatchObject({
    kind: 'repair',
    regions: [K1_REGION],
    routing: home,
  }),
);
test('a region with an older revision gets the newest', () => {
  const state = stateOf(config, {
    epoch: 1,
    revision: 2,
    phase: 'draining',
    routing: routingOf(config, { phase: 'draining', epoch: 1, revision: 2 }),
    open: claimOf({ published: true }),
  });
  expect(decide(state, [here(state.routing!), there(home)])).toMatchObject({
    kind: 'repair',
    regions: [K1_REGION],
    routing: { revision: 2 },
  });
});
test('while paused an edit stands', () => {
  const pause = { owner: 'ana', reason: 'break glass', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 };
  expect(decide(stateOf(config, { pause }), [here(home), absent(K1_REGION)])).toMatchObject({
    kind: 'observe',
    sentence: expect.stringContaining('paused by ana'),
  });
});
test('an expired pause protects nothing', () => {
  const pause = { owner: 'ana', reason: 'break glass', untilMs: TEN_O_CLOCK, setAtMs: 0 };
  expect(decide(stateOf(config, { pause }), [here(home), absent(K1_REGION)]).kind).toBe('repair');
});
test.each([
  ['a higher revision', routingOf(config, { phase: 'refuge', revision: 7 }), 8],
  ['other content under our revision', routingOf(config, { phase: 'refuge', revision: 1 }), 2],
] as const)('%s written by hand is outrun by saying the same again', (_story, edited, revision) =>
  expect(decide(stateOf(config), [here(home), there(edited)])).toMatchObject({
    kind: 'renumber',
    routing: { revision, phase: 'home' },
    next: { revision, version: 2 },
  }),
);
test('in the middle of a move a hand-written revision is left to the next publish', () =>
  expect(
    decide(stateOf(config, { epoch: 1, open: claimOf() }), [
      here(home),
      there(routingOf(config, { phase: 'refuge', revision: 7 })),
    ]).kind,
  ).toBe('observe'));
