/** Words and faults that rows of several files share. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Needed, Scene } from './scenario.ts';

export const NOTHING = { kind: 'nothing' } as const;
export const cluster = (alias: 'K1' | 'K2', ...kinds: string[]): Needed => ({ subject: `cluster:${alias}`, kinds });
export const flow = (name: string, ...kinds: string[]): Needed => ({ subject: `flow:${name}`, kinds });

/** Verdicts that say of a cluster that it is gone. */
export const DOWN = [
  'CONFIRMED_DOWN',
  'CONFIRMED_DOWN_UNCORROBORATED',
  'UNREACHABLE_FROM_PROBERS',
  'BOTH_DOWN',
] as const;

/** To every broker of K1. SIGSTOP leaves connections open and answers nothing. */
export const signalK1 = ({ world }: Scene, name: 'SIGSTOP' | 'SIGCONT'): void => {
  for (const process of world.k1.processes) process.signal(name);
};

/** Stops and continues every broker of K1 again and again. */
export async function flap(scene: Scene, { downMs, upMs, times }: Flapping): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    signalK1(scene, 'SIGSTOP');
    await delay(downMs);
    signalK1(scene, 'SIGCONT');
    await delay(upMs);
  }
}

export interface Flapping {
  readonly downMs: number;
  readonly upMs: number;
  readonly times: number;
}
