import { describe, expect, test } from '@jest/globals';
import type { SetState } from '../../../core/contracts/tables.ts';
import { openClaim, withdrawClaim } from '../../../core/move/claim.ts';
import { copyOf, followed, leapFrom, livesAtRefuge, mayCopyOver } from '../../../core/move/without-refuge.ts';
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

describe('the copy in the home region', () => {
  test.each([
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

describe('the controller at the refuge follows', () => {
  test.each([
    ['no copy', away(), null],
    ['a copy of its own', away(), away()],
    ['a claim that nobody has been told of', away(), claimed],
    ['a claim that was given up', away(), withdrawClaim(claimed)],
    ['what it has followed already', led, led],
    ['what is over, and it knows', over, over],
    ['a newer state that no leap made', away(), away({ epoch: 5 })],
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
