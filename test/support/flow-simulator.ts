/**
 * One partition of a MirrorMaker 2 flow with known truth: what was copied where, and the offset syncs it would emit
 * (sync-emission.ts). Plain flows send again after a crash what was not flushed; exactly-once flows leave markers and
 * aborted data. A crash takes with it the sync that waits and those under way that have not reached the cluster.
 */
import type { SyncPoint } from '../../core/positions/sync-map.ts';
import { SyncEmission } from './sync-emission.ts';

export type FlowEvent =
  | { readonly do: 'produce'; readonly gapBefore: boolean; readonly count: number }
  | { readonly do: 'copy'; readonly count: number }
  | { readonly do: 'flush' }
  /** So many of the syncs under way reach the cluster and are acknowledged. */
  | { readonly do: 'arrive'; readonly count: number }
  /** `arrived`: so many of those under way had reached the cluster. */
  | { readonly do: 'crash'; readonly arrived?: number }
  | { readonly do: 'restart' };

export interface FlowRules {
  readonly exactlyOnce: boolean;
  readonly lagMax: bigint;
  /**
   * So many syncs of the partition may be under way: its share of those of the task. Absent: each arrives at once, so
   * that none is ever lost.
   */
  readonly underWay?: number | undefined;
}

/** A data record of the remote topic; aborted ones are invisible to the group and not listed. */
export interface Copy {
  readonly upstream: bigint;
  readonly downstream: bigint;
}

export class FlowSimulator {
  readonly #rules: FlowRules;
  /** Offsets of data records at the source. */
  readonly source: bigint[] = [];
  readonly copies: Copy[] = [];
  readonly syncs: SyncPoint[] = [];
  sourceEnd = 0n;
  remoteEnd = 0n;
  #next = 0;
  #flushed = 0;
  #life = 1n;
  #emission: SyncEmission;
  #underWay: SyncPoint[] = [];

  constructor(rules: FlowRules) {
    this.#rules = rules;
    this.#emission = this.#bear();
  }

  #bear(): SyncEmission {
    return new SyncEmission(this.#rules.lagMax, this.#rules.underWay ?? 1);
  }

  run(events: readonly FlowEvent[]): this {
    for (const event of events) this.#step(event);
    return this;
  }

  #step(event: FlowEvent): void {
    if (event.do === 'produce') this.#produce(event.count, event.gapBefore);
    else if (event.do === 'copy') this.#copy(event.count);
    else if (event.do === 'flush') this.#flush();
    else if (event.do === 'arrive') this.#arrive(event.count);
    else {
      if (event.do === 'restart') this.#flush();
      else if (this.#rules.exactlyOnce) this.remoteEnd += 2n; // an aborted record and its marker
      // A task that is stopped waits for what is under way.
      this.syncs.push(...this.#underWay.slice(0, event.do === 'crash' ? (event.arrived ?? 0) : undefined));
      this.#underWay = [];
      this.#next = this.#flushed;
      this.#life += 1n;
      this.#emission = this.#bear();
    }
  }

  #produce(count: number, gapBefore: boolean): void {
    if (gapBefore) this.sourceEnd += 1n;
    for (let i = 0; i < count; i += 1) {
      this.source.push(this.sourceEnd);
      this.sourceEnd += 1n;
    }
  }

  #copy(count: number): void {
    const batch = this.source.slice(this.#next, this.#next + count);
    for (const upstream of batch) {
      const copy = { upstream, downstream: this.remoteEnd };
      this.copies.push(copy);
      this.remoteEnd += 1n;
      this.#next += 1;
      if (!this.#rules.exactlyOnce) this.#acknowledge(copy);
    }
    if (!this.#rules.exactlyOnce || batch.length === 0) return;
    this.remoteEnd += 1n; // commit marker
    for (const copy of this.copies.slice(-batch.length)) this.#acknowledge(copy);
    this.#flush();
  }

  #acknowledge(copy: Copy): void {
    this.#emission.acknowledge(copy);
    this.#send();
  }

  #flush(): void {
    this.#flushed = this.#next;
    this.#emission.flush();
    this.#send();
  }

  #send(): void {
    for (let sync = this.#emission.send(); sync !== null; sync = this.#emission.send())
      this.#underWay.push({ ...sync, life: this.#life });
    if (this.#rules.underWay === undefined) this.#arrive(1);
  }

  #arrive(count: number): void {
    for (const sync of this.#underWay.splice(0, count)) {
      this.syncs.push(sync);
      this.#emission.sent();
    }
    if (this.#rules.underWay !== undefined) this.#send();
  }
}
