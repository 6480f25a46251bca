import { expect, test } from '@jest/globals';
import { whyPaused } from '../../../core/move/pause.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import type { Routing } from '../../../core/contracts/routing.ts';
import { decideRegions, firstState, type RegionReading } from '../../../core/routing/regions.ts';
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
test('what is set of a set that has no value yet is kept with its first value', () => {
  const { routing: _none, ...bare } = stateOf(config, { revision: 4, mode: 'observe', version: 6 });
  expect(decide(bare, [absent(K2_REGION), absent(K1_REGION)])).toMatchObject({
    kind: 'create',
    next: { revision: 5, mode: 'observe', version: 7 },
  });
});
test('a set that has no value yet takes over the one outside, of whatever epoch', () => {
  const { routing: _none, ...bare } = stateOf(config);
  expect(decide(bare, [here(home), there(home)])).toMatchObject({ kind: 'import', next: { epoch: 0, version: 2 } });
});
test('an empty table takes over a value of epoch 0 as well', () =>
  expect(decide(null, [here(home), there(home)])).toMatchObject({ kind: 'import', next: { epoch: 0, version: 1 } }));
test('a set that nobody has moved is as its configuration says', () =>
  expect(firstState(config, placed)).toEqual({
    pair: 'orders',
    clientSet: 'clients-k1',
    epoch: 0,
    revision: 0,
    phase: 'home',
    mode: 'automatic',
    modeSetBy: 'configuration',
    automaticStartsMs: [],
    version: 0,
  }));
test('a copy of the same epoch at home keeps nobody from anything', () =>
  expect(decide(stateOf(config), [here(home), there(home)], stateOf(config)).kind).toBe('agreed'));
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

const timedOut: RegionReading = { kind: 'unreachable', region: K2_REGION, because: 'timed out' };
const corrupt: RegionReading = { kind: 'corrupt', region: K1_REGION, problems: ['not JSON', 'no epoch'] };
const away = routingOf(config, { phase: 'refuge', epoch: 3, revision: 9 });
const edited = there(routingOf(config, { phase: 'refuge', revision: 7 }));
test.each<readonly [string, SetState | null, readonly RegionReading[], SetState | null, string]>([
  [
    'a first value',
    null,
    [absent(K2_REGION), absent(K1_REGION)],
    null,
    '"clients-k1" gets its first routing value: home, revision 1',
  ],
  [
    'no first value',
    null,
    [timedOut, corrupt],
    null,
    '"clients-k1" has no routing yet, but eu-central-1 could not be read (timed out); eu-west-1 holds no valid value (not JSON, no epoch); a first value is written only when every listed region is known to hold none',
  ],
  [
    'a value that is taken over without a state',
    null,
    [here(away)],
    null,
    'eu-central-1 holds revision 9 of epoch 3 (refuge), which is not ours (epoch 0); taken over as the state of "clients-k1"',
  ],
  [
    'a move of another controller',
    stateOf(config, { epoch: 1 }),
    [there({ ...away, phase: 'draining' })],
    null,
    'eu-west-1 holds revision 9 of epoch 3 (draining), which is not ours (epoch 1); another controller is moving "clients-k1", so nothing is written',
  ],
  [
    'a newer claim that home knows of',
    stateOf(config),
    [here(home)],
    stateOf(config, { epoch: 1_001 }),
    'eu-west-1 knows epoch 1001 of "clients-k1", newer than our 0; waiting for its routing value',
  ],
  [
    'a value that is written again',
    stateOf(config),
    [absent(K2_REGION), corrupt],
    null,
    'revision 1 of "clients-k1" is written again: eu-central-1 holds none; eu-west-1 holds no valid value (not JSON, no epoch)',
  ],
  [
    'a value written by hand in the middle of a move',
    stateOf(config, { epoch: 1, open: claimOf() }),
    [here(home), edited],
    null,
    'eu-west-1 holds revision 7 (refuge); the move of epoch 1 goes past that revision with its next publish',
  ],
  [
    'a value written by hand',
    stateOf(config),
    [here(home), edited],
    null,
    'eu-west-1 holds revision 7 (refuge); clients may obey it, so the same is said again as revision 8',
  ],
])('%s is told with who holds what', (_story, state, readings, copy, sentence) =>
  expect(decide(state, readings, copy)).toMatchObject({ sentence }),
);
