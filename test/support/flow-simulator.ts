/**
 * One partition of a MirrorMaker 2 flow with known truth: what was copied where, and the offset syncs it would emit
 * (sync-emission.ts). Plain flows send again after a crash what was not flushed; exactly-once flows leave markers and
 * aborted data.
 */
import type { SyncPoint } from '../../core/positions/sync-map.ts';
import { SyncEmission } from './sync-emission.ts';

export type FlowEvent =
  | { readonly do: 'produce'; readonly gapBefore: boolean; readonly count: number }
  | { readonly do: 'copy'; readonly count: number }
  | { readonly do: 'flush' }
  | { readonly do: 'crash' }
  | { readonly do: 'restart' };

export interface FlowRules {
  readonly exactlyOnce: boolean;
  readonly lagMax: bigint;
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
  #emission: SyncEmission;

  constructor(rules: FlowRules) {
    this.#rules = rules;
    this.#emission = new SyncEmission(rules.lagMax);
  }

  run(events: readonly FlowEvent[]): this {
    for (const event of events) this.#step(event);
    return this;
  }

  #step(event: FlowEvent): void {
    if (event.do === 'produce') this.#produce(event.count, event.gapBefore);
    else if (event.do === 'copy') this.#copy(event.count);
    else if (event.do === 'flush') this.#flush();
    else {
      if (event.do === 'restart') this.#flush();
      else if (this.#rules.exactlyOnce) this.remoteEnd += 2n; // an aborted record and its marker
      this.#next = this.#flushed;
      this.#emission = new SyncEmission(this.#rules.lagMax);
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

  /** Every sync arrives at once. */
  #send(): void {
    const sync = this.#emission.send();
    if (sync === null) return;
    this.syncs.push(sync);
    this.#emission.sent();
  }
}
