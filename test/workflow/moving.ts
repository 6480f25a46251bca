/** Runs the synthesized machines over a world: time passes while they wait, and every decision is replayed afterwards. */
import { expect } from '@jest/globals';
import type { Move } from '../../core/contracts/primitives.ts';
import { replay } from '../../core/move/replay.ts';
import { configOf, type Definition, definitionOf, synthesize } from '../support/synthesized.ts';
import { run, type Run } from '../support/workflow-run.ts';
import type { World } from './world.ts';

export const SET = 'clients-k1';
const REGIONS = ['eu-west-1', 'eu-central-1'];
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
const machines: Readonly<Record<Move, Definition>> = {
  failover: definitionOf(stack, 'failover'),
  failback: definitionOf(stack, 'failback'),
  switchover: definitionOf(stack, 'switchover'),
};

export interface Settings {
  readonly execution?: string;
  readonly dropAfter?: number;
  /** Every function runs twice: its first answer was lost. */
  readonly twice?: boolean;
  /** Called before each answer, with how many were given and the state that is to be answered. */
  readonly meanwhile?: (answered: number, state: string) => Promise<void>;
}

let executions = 0;
/** Runs a machine over the world; time passes while it waits, and a little with every step. */
export async function move(world: World, machine: Move, input: unknown, settings: Settings = {}): Promise<Run> {
  const execution =
    settings.execution ??
    `arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-orders-${machine}:test-${(executions += 1)}`;
  world.ports.workflows.running(execution);
  let answered = 0;
  const answer = async (state: string, payload: unknown): Promise<unknown> => {
    await settings.meanwhile?.(answered, state);
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

/** What must be the same however often a move was interrupted. */
export async function endState(world: World): Promise<unknown> {
  // Clients finish what they were told.
  for (let i = 0; i < 4; i += 1) await world.pass(5);
  const state = await world.ports.control.readSet(SET);
  const positions = (epoch: number) => world.ports.control.positions(SET, epoch);
  return {
    epoch: state?.epoch,
    phase: state?.phase,
    revision: state?.revision,
    open: state?.open ?? 'nothing',
    question: (await world.ports.control.question(SET)) ?? 'none',
    routing: REGIONS.map((region) => ({ ...world.ports.routing.peekRouting(region, SET), issuedAt: '' })),
    published: [
      ...new Set(
        world.ports.routing.written.map(
          ({ routing }) =>
            `${routing.revision} ${routing.phase} ${routing.producers.cluster} ${routing.consumers.cluster} ${routing.consumers.read}`,
        ),
      ),
    ],
    atHome: world.k1.isUp ? String(world.k1.position('billing', 'orders', 0)) : 'dead',
    remote: String(world.k2.position('billing', 'K1.orders', 0)),
    local: String(world.k2.position('billing', 'orders', 0)),
    stored: (await Promise.all([1, 2].map(positions)))
      .flat()
      .map(({ epoch, group, topic, partitions }) => ({ epoch, group, topic, partitions })),
    finished: [
      ...new Set(
        world.ports.events.named('MoveFinished').map(({ epoch, move, outcome }) => `${epoch} ${move} ${outcome}`),
      ),
    ],
  };
}

/** Runs a move that is dropped after each of its answers, takes it up as reconcile does, and compares the ends. */
export async function interruptedAt(
  machine: Move,
  answers: number,
  begin: () => Promise<World>,
  input: unknown,
): Promise<{ readonly ended: string; readonly state: unknown }> {
  const world = await begin();
  const first = await move(world, machine, input, { dropAfter: answers });
  expect(first).toMatchObject({ status: 'ABORTED', tasks: { length: answers } });
  await world.pass(5);
  const takeUp = (await world.ports.control.readSet(SET))?.epoch;
  const [started] = await world.reconcile();
  if (started === undefined) return { ended: 'nothing was open', state: await endState(world) };
  expect(started).toMatchObject({ machine, input: { takeUp } });
  const second = await move(world, machine, started.input, { execution: started.execution });
  return { ended: second.end, state: await endState(world) };
}

export async function answersOf(
  machine: Move,
  begin: () => Promise<World>,
  input: unknown,
): Promise<{ readonly tasks: readonly string[]; readonly state: unknown }> {
  const world = await begin();
  const { tasks } = await move(world, machine, input);
  return { tasks, state: await endState(world) };
}
