/** When the seeds of the remote topics follow home's positions, when those are only kept, and why not. */
import { expect, test } from '@jest/globals';
import type { SetState } from '../../../core/contracts/tables.ts';
import { whyHomeDoesNotLead, whyHomeDoesNotRest } from '../../../core/move/seeding.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const BY_SWITCHOVER = { leftHomeBy: 'switchover' } as const;

test.each<readonly [string, Partial<SetState>, string | undefined]>([
  ['at home', {}, undefined],
  ['at home, with a claim', { epoch: 3, open: claimOf({ epoch: 3 }) }, 'epoch 3 is open'],
  [
    'at home, with the claim of a switchover',
    { epoch: 3, open: claimOf({ epoch: 3, move: 'switchover' }) },
    'epoch 3 is open',
  ],
  ['at home, once left by a switchover', { ...BY_SWITCHOVER }, undefined],
  ['while it drains', { phase: 'draining', leftHomeBy: 'failover' }, 'the set is in phase draining'],
  ['at the refuge after a failover', { phase: 'refuge', leftHomeBy: 'failover' }, 'the set is in phase refuge'],
  ['on the way home after a switchover', { phase: 'returning', ...BY_SWITCHOVER }, 'the set is in phase returning'],
  ['at the refuge after a switchover', { phase: 'refuge', ...BY_SWITCHOVER }, undefined],
  ['leaving by a switchover that nobody runs', { phase: 'leaving', ...BY_SWITCHOVER }, undefined],
  [
    'leaving by a switchover that is under way',
    { phase: 'leaving', epoch: 3, open: claimOf({ epoch: 3, move: 'switchover' }), ...BY_SWITCHOVER },
    undefined,
  ],
  [
    'at the refuge after a switchover, with a failback claimed',
    { phase: 'refuge', epoch: 4, open: claimOf({ epoch: 4, move: 'failback' }), ...BY_SWITCHOVER },
    'epoch 4 is open',
  ],
])('%s', (_story, changes, why) => {
  expect(whyHomeDoesNotLead(stateOf(config, changes))).toBe(why);
});

test.each<readonly [string, Partial<SetState>, string | undefined]>([
  ['at home', { leftHomeAtMs: TEN_O_CLOCK }, 'the set is in phase home'],
  ['leaving', { phase: 'leaving', leftHomeAtMs: TEN_O_CLOCK }, 'the set is in phase leaving'],
  ['while it drains', { phase: 'draining', leftHomeAtMs: TEN_O_CLOCK }, undefined],
  ['at the refuge', { phase: 'refuge', leftHomeAtMs: TEN_O_CLOCK }, undefined],
  ['at the refuge since nobody knows when', { phase: 'refuge' }, 'the set is in phase refuge'],
  [
    'at the refuge, with a failover claimed',
    { phase: 'refuge', leftHomeAtMs: TEN_O_CLOCK, epoch: 3, open: claimOf({ epoch: 3, move: 'failover' }) },
    undefined,
  ],
  [
    'at the refuge, with a failback claimed',
    { phase: 'refuge', leftHomeAtMs: TEN_O_CLOCK, epoch: 4, open: claimOf({ epoch: 4, move: 'failback' }) },
    'epoch 4 leads home',
  ],
])(
  'positions at home are kept as they stand while the set is away and no way home is open: %s',
  (_story, changes, why) => {
    expect(whyHomeDoesNotRest(stateOf(config, changes))).toBe(why);
  },
);
