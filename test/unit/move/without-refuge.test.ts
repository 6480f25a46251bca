import { describe, expect, test } from '@jest/globals';
import type { SetState } from '../../../core/contracts/tables.ts';
import { openClaim, withdrawClaim } from '../../../core/move/claim.ts';
import {
  copyOf,
  followed,
  isLedFromHome,
  leapFrom,
  livesAtRefuge,
  mayCopyOver,
} from '../../../core/move/without-refuge.ts';
import { supersedable } from '../../../core/move/supersede.ts';
import { claimOf, pairConfig, routingOf, stateOf } from '../../support/builders/pair.ts';

const config = pairConfig();
const input = { ...claimOf().input, move: 'failback', refugeLost: true } as const;
const alone = claimOf({ epoch: 1_001, move: 'failback', from: 'refuge', input });

/** At the refuge since epoch 1. */
const away = (changes: Partial<SetState> = {}): SetState =>
  stateOf(config, {
    epoch: 1,
    revision: 3,
    phase: 'refuge',
    routing: routingOf(config, { phase: 'refuge', epoch: 1 }),
    ...changes,
  });
const claimed = openClaim(away(), alone);
/** The first value is out. */
const led: SetState = {
  ...claimed,
  phase: 'recovering',
  revision: 4,
  routing: routingOf(config, { phase: 'recovering', epoch: 1_001, revision: 4 }),
  open: { ...alone, published: true },
};
const { open: _over, ...rest } = led;
const over: SetState = {
  ...rest,
  phase: 'home',
  revision: 5,
  routing: routingOf(config, { phase: 'home', epoch: 1_001, revision: 5 }),
};

describe('the leap', () => {
  test.each([
    ['from the epoch of the copy', { epoch: 7 }, 1_007],
    ['from an earlier leap that was given up', { epoch: 7, leapt: 1_007 }, 2_007],
    ['from an epoch that has passed an earlier leap', { epoch: 1_009, leapt: 1_007 }, 2_009],
  ])('%s', (_story, state, epoch) => expect(leapFrom(state)).toBe(epoch));

  test('a claim without the refuge notes it, a claim with it does not', () => {
    expect([claimed.leapt, openClaim(stateOf(config), claimOf()).leapt]).toEqual([1_001, undefined]);
  });

  test('it takes the place of what was open, and is no way home that was cut short', () => {
    const failback = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true });
    const held = away({ epoch: 2, phase: 'returning', open: failback });
    const next = openClaim(held, { ...alone, epoch: 1_002, supersedes: { epoch: 2, execution: failback.execution } });
    expect([next.open?.epoch, next.superseded]).toEqual([1_002, undefined]);
  });

  test('nothing takes its place from the region of the refuge', () => expect(supersedable(led)).toBeUndefined());
});

test.each([
  ['home', false],
  ['leaving', false],
  ['draining', true],
  ['refuge', true],
  ['returning', true],
  ['recovering', false],
] as const)('in phase %s the groups read at the refuge: %s', (phase, is) =>
  expect(livesAtRefuge(away({ phase }))).toBe(is),
);

test('a set that nobody has heard of lives nowhere, and nobody leads it', () => {
  expect([livesAtRefuge(null), isLedFromHome(null), isLedFromHome(away())]).toEqual([false, false, false]);
});

describe('the copy in the home region', () => {
  const { routing: _none, ...unpublished } = withdrawClaim(claimed);
  test.each([
    ['it is as old as ours', away(), away(), true],
    ['a claim was given up where nothing was ever published', unpublished, away(), true],
    ['there is none yet', null, away(), true],
    ['it is older', away(), away({ epoch: 2 }), true],
    ['the home region has claimed', claimed, away(), false],
    ['the home region leads', led, away(), false],
    ['the home region has led', over, away(), false],
    ['the claim of the home region was given up', withdrawClaim(claimed), away(), true],
    ['we follow what is the original there', led, led, false],
    ['it is newer, by whatever', away({ epoch: 5 }), away(), false],
  ])('%s: written over, %s', (_story, copy, state, may) => expect(mayCopyOver(copy, state)).toBe(may));

  test('a leap that was given up is kept in it, or the next one would use its epoch again', () => {
    const first = copyOf(away(), withdrawClaim(claimed));
    expect([first.epoch, first.leapt]).toEqual([1, 1_001]);
    expect(copyOf(away({ epoch: 2 }), first).leapt).toBe(1_001);
  });
});

describe('what is written as the copy', () => {
  test('is our state, in the next version of the copy', () => {
    expect(copyOf(away({ version: 3 }), away({ version: 7 }))).toStrictEqual({ ...away(), version: 8 });
    expect(copyOf(away({ version: 3 }), null)).toStrictEqual({ ...away(), version: 1 });
  });

  test('keeps a leap that we know of where there was none, and where it knows of none', () => {
    expect(copyOf(away({ leapt: 1_001 }), null).leapt).toBe(1_001);
    expect(copyOf(away({ leapt: 1_001 }), away()).leapt).toBe(1_001);
  });

  test('takes any newer epoch of the copy for a leap, and one as old as ours for none', () => {
    expect(copyOf(away(), away({ epoch: 5 })).leapt).toBe(5);
    expect(copyOf(away({ epoch: 2 }), away({ epoch: 2 }))).not.toHaveProperty('leapt');
  });
});

describe('the controller at the refuge follows', () => {
  const published = away({
    epoch: 5,
    revision: 9,
    routing: routingOf(config, { phase: 'refuge', epoch: 5, revision: 9 }),
  });
  const again = { ...over, epoch: 2_001, leapt: 2_001, open: { ...alone, epoch: 2_001, published: false } };
  test.each([
    ['no copy', away(), null],
    ['a copy of its own', away(), away()],
    ['a claim that nobody has been told of', away(), claimed],
    ['a claim that was given up', away(), withdrawClaim(claimed)],
    ['what it has followed already', led, led],
    ['what is over, and it knows', over, over],
    ['a newer state that no leap made', away(), away({ epoch: 5 })],
    ['not even where it is published', away(), published],
    ['a second leap that nobody has been told of', led, again],
    ['what is over here as well, whatever its revision', over, { ...over, revision: 9 }],
  ])('not: %s', (_story, state, copy) => expect(followed(state, copy)).toBeUndefined());

  test('a move that has been published: it is open here too, so nothing else begins', () => {
    expect(followed(away(), led)).toMatchObject({
      epoch: 1_001,
      phase: 'recovering',
      open: { epoch: 1_001 },
      version: 2,
    });
  });

  test('its end', () => {
    const next = followed(led, over);
    expect([next?.phase, next?.revision, next?.open]).toEqual(['home', 5, undefined]);
  });

  test.each([
    ['a value', { revision: 6 }],
    ['a phase', { phase: 'home' }],
  ] as const)('%s that is newer, in the same epoch', (_story, change) =>
    expect(followed(led, { ...led, ...change })).toMatchObject(change),
  );

  test('that it is closed, where nothing else has changed', () => {
    const { open: _closed, ...closed } = led;
    expect(followed(led, closed)).not.toHaveProperty('open');
  });

  test('everything that belongs to the move, and nothing of what it had itself', () => {
    const ofTheMove = {
      leftHomeAtMs: 10,
      leftHomeBy: 'failover',
      returnedHomeAtMs: 20,
      superseded: { epoch: 3, atMs: 30, times: 1 },
    } as const;
    const mine = away({ leftHomeAtMs: 1, superseded: { epoch: 1, atMs: 1, times: 2 }, untoldRouting: [] as never });
    expect(followed(mine, { ...over, ...ofTheMove })).toStrictEqual({
      ...away(),
      ...ofTheMove,
      epoch: 1_001,
      leapt: 1_001,
      phase: 'home',
      revision: 5,
      routing: over.routing,
      version: 2,
    });
  });

  test('a copy that says less: what is known here stays', () => {
    expect(followed(away({ leftHomeAtMs: 1, leftHomeBy: 'failover', returnedHomeAtMs: 2 }), over)).toMatchObject({
      leftHomeAtMs: 1,
      leftHomeBy: 'failover',
      returnedHomeAtMs: 2,
    });
  });

  test('its end, seen at once', () => expect(followed(away(), over)).toMatchObject({ epoch: 1_001, phase: 'home' }));

  test('another execution that has taken it up', () => {
    const taken = { ...led, open: { ...led.open!, execution: 'two' } };
    expect(followed(led, taken)?.open?.execution).toBe('two');
  });

  test('with a table that is empty', () => expect(followed(null, over)).toMatchObject({ phase: 'home', version: 1 }));

  test('and keeps what people have set here', () => {
    const pause = { owner: 'ada', reason: 'works', untilMs: 2, setAtMs: 1 };
    expect(followed(away({ mode: 'observe', pause }), over)).toMatchObject({ mode: 'observe', pause });
  });

  test('and gives up what it had open', () => {
    const held = away({ epoch: 2, open: claimOf({ epoch: 2, move: 'failback' }) });
    expect(followed(held, over)?.open).toBeUndefined();
  });
});
