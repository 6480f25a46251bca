/** The scenarios, in the order in which they are played; each file has those of one kind of world or outcome. */
import { CUT_SHORT } from './cut-short.ts';
import { DEADLINES } from './deadline.ts';
import { EXPIRED_TAIL } from './expired-tail.ts';
import { IN_PROCESS } from './in-process.ts';
import { KILLED_WHILE_LEAVING } from './killed-leaving.ts';
import { LOST_WHILE_LEAVING, TAKEN_BACK } from './leaving.ts';
import { LIMITS } from './limits.ts';
import { MOVING } from './moving.ts';
import { LEFT_WITH_STRAGGLERS, LOST_WITH_STRAGGLERS } from './never-adopting.ts';
import { ONE_OF_TWO } from './partial.ts';
import { REBUILT, RECREATED_TOPIC } from './rebuilt.ts';
import { REFRESHED } from './refreshed.ts';
import { refugeLost } from './refuge-lost.ts';
import { LOST_WHILE_RETURNING } from './returning.ts';
import type { Scenario } from './scenario.ts';
import { SECURED } from './secured.ts';
import { STILL } from './still.ts';
import { switchoverScenario } from './switchover.ts';
import { THREE_BROKERS } from './three-brokers.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...STILL,
  ...MOVING,
  ...THREE_BROKERS,
  ...LIMITS,
  ...SECURED,
  switchoverScenario('SW1', 'availability'),
  switchoverScenario('SW2', 'per-key'),
  LOST_WHILE_LEAVING,
  TAKEN_BACK,
  KILLED_WHILE_LEAVING,
  REFRESHED,
  ONE_OF_TWO,
  LOST_WHILE_RETURNING,
  LOST_WITH_STRAGGLERS,
  LEFT_WITH_STRAGGLERS,
  ...DEADLINES,
  CUT_SHORT,
  REBUILT,
  RECREATED_TOPIC,
  EXPIRED_TAIL,
  refugeLost('RL1', {
    title: 'K1 is lost and back, then K2 dies with records that nobody has copied; a person goes home without it',
    policy: 'availability',
  }),
  refugeLost('RL2', {
    title: 'the same under per-key order: what K2 had copied is read before K1 takes more',
    policy: 'per-key',
  }),
  refugeLost('RL3', {
    title: 'the same with six partitions and groups of four kinds, Java consumers among them',
    policy: 'availability',
    wide: true,
  }),
  ...IN_PROCESS,
];
