/** What a producer has to send: keyed, sequence-numbered records at a steady rate. The same for every kind of producer. */
import type { WorkloadClient, WorkloadControl, WorkloadSpec } from './spec.ts';

/** How many records one request carries at the most. */
export const BATCH = 100;
export const TICK_MS = 50;
/** Odd, so that each key goes to each topic; enough that each partition gets some. */
const KEYS = 25;

export interface Pending {
  readonly topic: string;
  readonly key: string;
  readonly seq: number;
}

export const recordOf = ({ topics }: Pick<WorkloadSpec, 'topics'>, id: string, seq: number): Pending => ({
  topic: topics[seq % topics.length]!,
  key: `${id}-${seq % KEYS}`,
  seq,
});

/** By topic, with the identity of each record in its value and its headers. */
export const requestOf = ({ topics }: Pick<WorkloadSpec, 'topics'>, id: string, batch: readonly Pending[]) =>
  topics
    .map((topic) => ({
      topic,
      messages: batch
        .filter((r) => r.topic === topic)
        .map((r) => ({ key: r.key, value: `${id}#${r.seq}`, headers: { producer: id, seq: String(r.seq) } })),
    }))
    .filter((t) => t.messages.length > 0);

/** Records in the order of sending; what was not confirmed stays at the head. */
export class Backlog {
  readonly #spec: WorkloadSpec;
  readonly #id: string;
  readonly #control: () => WorkloadControl;
  #waiting: readonly Pending[] = [];
  #seq: number;
  #owed = 0;
  #burstsDone: number;

  constructor(spec: WorkloadSpec, { id, firstSeq = 0 }: WorkloadClient, control: () => WorkloadControl) {
    this.#spec = spec;
    this.#id = id;
    this.#seq = firstSeq;
    this.#control = control;
    this.#burstsDone = control().burst;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** @param elapsedMs since the last call */
  make(elapsedMs: number): void {
    const { producing, burst } = this.#control();
    if (producing) this.#owed += (elapsedMs / 1000) * this.#spec.rate;
    if (burst !== this.#burstsDone) {
      this.#burstsDone = burst;
      this.#owed += BATCH * 3;
    }
    const made: Pending[] = [];
    for (; this.#owed >= 1; this.#owed -= 1) {
      const seq = this.#seq++;
      made.push(recordOf(this.#spec, this.#id, seq));
    }
    if (made.length > 0) this.#waiting = [...this.#waiting, ...made];
  }

  /** The oldest records, as many as one request carries. */
  next(): readonly Pending[] {
    return this.#waiting.slice(0, BATCH);
  }

  /** These need not be sent again. */
  remove(confirmed: ReadonlySet<Pending>): void {
    this.#waiting = this.#waiting.filter((r) => !confirmed.has(r));
  }

  /** A request of these records, by topic. */
  messages(batch: readonly Pending[]) {
    return requestOf(this.#spec, this.#id, batch);
  }
}
