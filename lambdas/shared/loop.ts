/** Scheduled functions observe more often than once a minute: they loop inside one invocation, one loop at a time. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Ports } from '../ports.ts';

export interface LoopRules {
  /** Name of the lease: one loop per name and region. */
  readonly name: string;
  /** Distance of two turns' beginnings. */
  readonly seconds: number;
  /** Who holds the lease; unique per invocation. */
  readonly owner?: string;
}

export interface LoopOutcome {
  readonly kind: 'handed-over' | 'out-of-time' | 'left-to-the-schedule';
  readonly sentence: string;
  readonly turns: number;
  readonly failed: number;
}

const ENDS = {
  'handed-over': 'a newer invocation took over',
  'out-of-time': 'the time of this one was up',
  'left-to-the-schedule': 'the schedule starts the next one',
} as const;

/** The schedule's period. A loop that is slower would only wait, and waiting costs as much as working. */
const SCHEDULE_MS = 60_000;

/** What a turn may answer: its sentence is logged. */
const Told = z.object({ sentence: z.string() });

/**
 * A turn is not begun with less than this left, nor with less than the longest turn so far took: a probe that is cut
 * off in the middle leaves no observation, which looks like a silent vantage.
 */
const RESERVE_MS = 5_000;

/**
 * Runs `turn` at once and then at every interval, until a newer invocation has taken the lease or the invocation's time
 * ends. The newest takes the lease at its start; the older one leaves before its next turn: no gap and no overlap,
 * provided the function's timeout is longer than the schedule's period. A turn that takes longer than the interval is
 * followed by the next one at the next whole interval: missed turns are not made up for.
 *
 * One failed turn is logged and the loop goes on, since the next one may see what this one could not.
 * @throws the last turn's error when not a single turn succeeded, so that the function's error alarm sees it
 */
export async function everyInterval(
  ports: Pick<Ports, 'clock' | 'budget' | 'observations' | 'log'>,
  rules: LoopRules,
  turn: () => Promise<unknown>,
): Promise<LoopOutcome> {
  const { name, owner = randomUUID() } = rules;
  const intervalMs = rules.seconds * 1_000;
  const failures: unknown[] = [];
  let turns = 0;
  let reserveMs = RESERVE_MS;
  await takeLease(ports, name, owner);
  let nextAtMs = ports.clock.nowMs();
  let kind: LoopOutcome['kind'] | 'looping' = 'looping';
  while (kind === 'looping') {
    turns += 1;
    const beganAtMs = ports.clock.nowMs();
    try {
      const told = Told.safeParse(await turn());
      if (told.success) ports.log.info(`${name}: ${told.data.sentence}`);
    } catch (error) {
      failures.push(error);
      ports.log.error(`${name}: turn ${turns} failed`, { error });
    }
    reserveMs = Math.max(reserveMs, ports.clock.nowMs() - beganAtMs);
    nextAtMs = nextTurn(nextAtMs, ports.clock.nowMs(), intervalMs);
    kind =
      intervalMs >= SCHEDULE_MS
        ? 'left-to-the-schedule'
        : await waitFor(ports, { atMs: nextAtMs, reserveMs }, () => holdsLease(ports, name, owner));
  }
  if (failures.length === turns) throw failures.at(-1);
  return {
    kind,
    sentence: `${turns} turns, ${failures.length} failed, until ${ENDS[kind]}`,
    turns,
    failed: failures.length,
  };
}

/** The first whole interval after now: a slow turn skips those that it has missed. */
const nextTurn = (previousMs: number, nowMs: number, intervalMs: number): number =>
  previousMs + Math.max(1, Math.ceil((nowMs - previousMs) / intervalMs)) * intervalMs;

async function waitFor(
  ports: Pick<Ports, 'clock' | 'budget'>,
  { atMs, reserveMs }: { readonly atMs: number; readonly reserveMs: number },
  isStillMine: () => Promise<boolean>,
): Promise<LoopOutcome['kind'] | 'looping'> {
  const waitMs = Math.max(0, atMs - ports.clock.nowMs());
  if (ports.budget.remainingMs() - waitMs < reserveMs) return 'out-of-time';
  await ports.clock.pause(waitMs);
  return (await isStillMine()) ? 'looping' : 'handed-over';
}

/** Without the table two loops overlap for a while, which costs money; a loop that stops costs the observation. */
async function takeLease(ports: Pick<Ports, 'observations' | 'log'>, name: string, owner: string): Promise<void> {
  await ports.observations.takeLease(name, owner).catch((error: unknown) => {
    ports.log.warn(`${name}: the lease could not be taken; observing without it`, { error });
  });
}

async function holdsLease(ports: Pick<Ports, 'observations' | 'log'>, name: string, owner: string): Promise<boolean> {
  try {
    return await ports.observations.holdsLease(name, owner);
  } catch (error) {
    ports.log.warn(`${name}: the lease could not be read; going on`, { error });
    return true;
  }
}
