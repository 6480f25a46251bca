/** The person of a naive run: changes the configuration of clients, restarts them, and looks at lags. */
import type { Phase } from '../../../core/contracts/primitives.ts';
import type { StoredDecision } from '../checker/records.ts';
import { committedOf } from '../observer.ts';
import { clusterOf } from '../stage.ts';
import type { BareStage } from '../stage.ts';
import type { Alias, Place } from '../workload/spec.ts';

export type Where = Omit<Place, 'revision'>;

export const REGION = 'by hand';

export class Person {
  readonly decisions: StoredDecision[] = [];
  readonly #stage: BareStage;
  readonly #places = new Map<string, Place>();

  constructor(stage: BareStage) {
    this.#stage = stage;
  }

  /** Writes a set's configuration down; running producers follow it, consumers get it at their next start. */
  configure(set: string, phase: Phase, where: Where): Place {
    const revision = (this.#places.get(set)?.revision ?? 0) + 1;
    const place = { revision, ...where };
    this.#places.set(set, place);
    this.#stage.observer.seen.push({
      set,
      region: REGION,
      epoch: phase === 'home' && revision === 1 ? 0 : 1,
      revision,
      phase,
      producers: { cluster: where.producers, state: 'active' },
      consumers: where.consumers,
      atMs: Date.now(),
    });
    this.#stage.workload.tell(set, place);
    return place;
  }

  /** Configures a set's consumers anew and restarts them. Resolves when their old process is gone. */
  async restartConsumers(set: string, phase: Phase, where: Where): Promise<Place> {
    const place = this.configure(set, phase, where);
    await this.#stage.workload.restart(set, 'consumers');
    return place;
  }

  decide(set: string, move: 'failover' | 'failback', sentence: string): void {
    this.decisions.push({
      set,
      epochSeen: 0,
      kind: 'claim',
      move,
      trigger: 'manual',
      requestedBy: 'a person with a runbook',
      sentence,
      atMs: Date.now(),
    });
  }
}

/** What `kafka-consumer-groups --describe` shows a person: a lag for each partition, or "-" where there is no position. */
export interface LagLook {
  readonly sentence: string;
  readonly left: number;
  readonly withoutPosition: number;
}

/** @param ends how far the groups have to come, `<topic>-<partition>` -> offset */
export async function lookAtLag(
  stage: BareStage,
  alias: Alias,
  groups: readonly string[],
  topics: readonly string[],
  ends: ReadonlyMap<string, bigint>,
): Promise<LagLook> {
  const sentences: string[] = [];
  let left = 0;
  let withoutPosition = 0;
  for (const group of groups) {
    const committed = await committedOf(clusterOf(stage.world, alias), group, topics);
    const lags = [...ends].map(([key, end]) => {
      const at = committed.get(key);
      return at === undefined ? undefined : Math.max(0, Number(end - at));
    });
    const dashes = lags.filter((lag) => lag === undefined).length;
    const lag = lags.reduce<number>((sum, n) => sum + (n ?? 0), 0);
    left += lag;
    withoutPosition += dashes;
    sentences.push(`${group} ${lag}${dashes === 0 ? '' : `, and "-" for ${dashes} of ${lags.length} partitions`}`);
  }
  return { sentence: sentences.join('; '), left, withoutPosition };
}
