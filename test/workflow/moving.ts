/** Runs the synthesized machines over a world: time passes while they wait, and every decision is replayed afterwards. */
import { expect } from '@jest/globals';
import { replay } from '../../core/move/replay.ts';
import { configOf, type Definition, definitionOf, synthesize } from '../support/synthesized.ts';
import { run, type Run } from '../support/workflow-run.ts';
import type { World } from './world.ts';

const SET = 'clients-k1';
export const OUTAGE = {
  pair: 'orders',
  clientSet: SET,
  move: 'failover',
  trigger: 'automatic',
  expectedEpoch: 0,
  reason: 'K1 is CONFIRMED_DOWN',
  requestedBy: 'assess',
};
export const RETURN = { pair: 'orders', clientSet: SET, move: 'failback', reason: 'K1 is back', requestedBy: 'ada' };
const stack = synthesize(configOf('two-regions-witness')).get('eu-west-1')!;
const machines: Readonly<Record<'failover' | 'failback', Definition>> = {
  failover: definitionOf(stack, 'failover'),
  failback: definitionOf(stack, 'failback'),
};

export interface Settings {
  readonly execution?: string;
  readonly dropAfter?: number;
  /** Every function runs twice: its first answer was lost. */
  readonly twice?: boolean;
  /** Called before each answer, with how many were given. */
  readonly meanwhile?: (answered: number) => Promise<void>;
}

let executions = 0;
/** Runs a machine over the world; time passes while it waits, and a little with every step. */
export async function move(
  world: World,
  machine: 'failover' | 'failback',
  input: unknown,
  settings: Settings = {},
): Promise<Run> {
  const execution =
    settings.execution ??
    `arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-orders-${machine}:test-${(executions += 1)}`;
  world.ports.workflows.running(execution);
  let answered = 0;
  const answer = async (state: string, payload: unknown): Promise<unknown> => {
    await settings.meanwhile?.(answered);
    answered += 1;
    if (settings.twice && !state.startsWith('Ask operator')) await world.answer(state, payload);
    const result = await world.answer(state, payload);
    const { kind, waitSeconds } = result as { kind: string; waitSeconds: number };
    if (['waiting', 'draining', 'unconfirmed'].includes(kind)) await world.pass(waitSeconds);
    return result;
  };
  const startedAt = new Date(world.ports.clock.nowMs()).toISOString();
  const ended = await run(machines[machine], input, answer, {
    execution,
    startedAt,
    ...(settings.dropAfter === undefined ? {} : { dropAfter: settings.dropAfter }),
  });
  world.ports.workflows.end(execution);
  await everyDecisionIsReplayed(world);
  return ended;
}

/** Whatever happened in a story: its records, decided again, give what was decided. */
async function everyDecisionIsReplayed(world: World): Promise<void> {
  const decisions = await world.ports.control.decisions(SET, 500);
  expect(decisions.map(replay).filter(({ kind }) => kind === 'differs')).toEqual([]);
  expect(decisions.some((decision) => replay(decision).kind === 'same')).toBe(
    decisions.some(({ guards }) => guards.length > 0),
  );
}
