/**
 * `--kill-clients`: the clients that move are killed (SIGKILL) in each phase and started again with nothing remembered: when
 * home is lost, and as each routing value appears, some before and some after they have read it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Kill, SeenRouting } from './checker/records.ts';
import { clusterOf } from './stage.ts';
import type { Say, Stage } from './stage.ts';
import { SESSION_MS } from './workload/consuming.ts';

const LOOK_MS = 50;
/** Clients read their routing every second: from one kill to the next they are met at another point of the switch. */
const STAGGER_MS = [600, 1_200, 1_800, 0];

/** Of the story: an outage and the way home. */
const WHEN_LOST = ['home is lost', 'draining', 'refuge', 'returning', 'home'] as const;
/** Of a planned move and the way home. */
export const WHEN_PLANNED = ['leaving', 'refuge', 'returning', 'home'] as const;

export class Killings {
  readonly kills: (Kill & { readonly when: string })[] = [];
  readonly #stage: Stage;
  readonly #set: string;
  readonly #home: 'K1' | 'K2';
  readonly #say: Say;
  #wasUp = false;
  #revision: number | undefined;
  #ending = false;
  #work: Promise<void> = Promise.resolve();

  constructor(stage: Stage, { set, home }: { readonly set: string; readonly home: 'K1' | 'K2' }, say: Say) {
    this.#stage = stage;
    this.#set = set;
    this.#home = home;
    this.#say = say;
  }

  start(): void {
    this.#work = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      const when = this.#lostHome() ? 'home is lost' : this.#newValue()?.phase;
      if (when !== undefined) await this.#kill(when);
      await delay(LOOK_MS);
    }
  }

  async #kill(when: string): Promise<void> {
    await delay(STAGGER_MS[this.kills.length % STAGGER_MS.length]);
    const atMs = Date.now();
    this.kills.push({ set: this.#set, when, atMs, forgottenMs: atMs + SESSION_MS });
    await this.#stage.workload.kill(this.#set);
    this.#say(`killed: all clients of ${this.#set} (${when}); they are started again`);
  }

  #lostHome(): boolean {
    const isUp = clusterOf(this.#stage.world, this.#home).isRunning();
    const isLost = this.#wasUp && !isUp;
    this.#wasUp = isUp;
    return isLost;
  }

  /** The first value of all finds the clients at home, where they have not begun yet. */
  #newValue(): SeenRouting | undefined {
    const newest = this.#stage.observer.seen.findLast(({ set }) => set === this.#set);
    const isFirst = this.#revision === undefined;
    if (newest === undefined || newest.revision <= (this.#revision ?? 0)) return undefined;
    this.#revision = newest.revision;
    return isFirst ? undefined : newest;
  }
}

/** Why a run did not kill in each phase as it promised to; without `--kill-clients` there is nothing to say. */
export function killingProblems(
  kills: readonly { readonly when: string }[] | undefined,
  wanted: readonly string[] = WHEN_LOST,
): readonly string[] {
  if (kills === undefined) return [];
  return wanted
    .filter((when) => !kills.some((kill) => kill.when === when))
    .map((when) => `No client was killed in "${when}".`);
}
