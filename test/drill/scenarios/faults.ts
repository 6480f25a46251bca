/** Words and faults that rows of several files share. */
import { setTimeout as delay } from 'node:timers/promises';
import { endsOf } from '../observer.ts';
import { TOPICS, setOf } from '../pair.ts';
import { remoteTopics, total } from '../looks.ts';
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

/** What a story's outage leaves behind as well. */
const TAIL_RECORDS = 400;

/** Pauses the flow out of K1 and writes until K1 has so many records that it has not copied. */
export async function holdBack(scene: Scene, records: number): Promise<void> {
  const { world, until, workload } = scene;
  await world.flow('K1->K2').pauseFlow();
  await until(`${records} records are written that nobody copies`, async () => {
    workload.burst();
    const copied = total(await endsOf(world.k2, remoteTopics(scene, setOf('K1'))));
    return total(await endsOf(world.k1, TOPICS)) - copied >= records ? true : undefined;
  });
}

/** A flow that is well copies within milliseconds: without this nothing would be left behind. */
export const withATail =
  (loss: (scene: Scene) => Promise<void>) =>
  async (scene: Scene): Promise<void> => {
    await holdBack(scene, TAIL_RECORDS);
    await loss(scene);
    await scene.world.flow('K1->K2').resumeFlow();
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
