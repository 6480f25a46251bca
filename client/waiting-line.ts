/**
 * Where sends wait while no cluster is open for them: before the first routing, in mid-switch, and under `hold`.
 *
 * Invariant W: what waited goes out in the order it came, and before anything newer. kafkajs keeps no order between
 * sends that run at once, so waiting sends leave merged into batches, one batch after the other.
 */
import type { Message, ProducerBatch } from 'kafkajs';
import { RecordsNotConfirmedError, type GivenRecord } from './errors.ts';

export interface WaitingLineOptions<P, R> {
  /** At most this many records wait; more are refused at once. */
  readonly maxRecords: number;
  /** At most this long; null = until the line opens. */
  readonly maxWaitMs: number | null;
  /** Why the line is not open, for whoever waited too long; null if there is no more to say. */
  readonly problem?: () => string | null;
  /** Sends several batches as one; answers in the same order, or rejects for all of them. */
  readonly deliver: (place: P, batches: readonly ProducerBatch[]) => Promise<readonly R[]>;
}

interface Waiting<R> {
  readonly batch: ProducerBatch;
  readonly records: readonly GivenRecord[];
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
  timer: NodeJS.Timeout | undefined;
}

interface Arrival<P> {
  readonly resolve: (place: P) => void;
  readonly reject: (error: unknown) => void;
}

type State<P> =
  | { readonly kind: 'open'; readonly place: P }
  /** Open for those who wait; the others wait until these have gone. */
  | { readonly kind: 'draining'; readonly place: P }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refusing'; readonly sentence: string };

/** Well below the 1 MB that a broker takes in one batch by default. */
const MERGED_BYTES = 256 * 1024;
const MERGED_RECORDS = 1000;

export const recordsOf = (batch: ProducerBatch): readonly GivenRecord[] =>
  (batch.topicMessages ?? []).flatMap(({ topic, messages }) => messages.map((message) => ({ topic, message })));

export class WaitingLine<P, R> {
  readonly #options: WaitingLineOptions<P, R>;
  readonly #waiting = new Set<Waiting<R>>();
  /** Those who wait for the place itself. */
  readonly #arrivals = new Set<Arrival<P>>();
  #state: State<P> = { kind: 'waiting' };
  #records = 0;

  constructor(options: WaitingLineOptions<P, R>) {
    this.#options = options;
  }

  /** Sends at once if the line is open, otherwise when it opens. Rejects (unsent) if it may not wait. */
  async enter(batch: ProducerBatch): Promise<R> {
    const records = recordsOf(batch);
    const { maxRecords, deliver } = this.#options;
    if (this.#state.kind === 'open') return (await deliver(this.#state.place, [batch]))[0]!;
    if (this.#state.kind === 'refusing') throw refusal(this.#state.sentence, records);
    if (this.#records + records.length > maxRecords) {
      const sentence = `${this.#records} records wait for a cluster and at most ${maxRecords} may: slow down, or raise maxWaitingRecords`;
      throw refusal(sentence, records);
    }
    return new Promise<R>((resolve, reject) => this.#queue({ batch, records, resolve, reject, timer: undefined }));
  }

  /** The place, as soon as the line is open for everybody. Rejects (unsent, without records) if nobody may wait for it. */
  async place(): Promise<P> {
    if (this.#state.kind === 'open') return this.#state.place;
    if (this.#state.kind === 'refusing') throw refusal(this.#state.sentence, []);
    const { maxWaitMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<P>();
    const arrival: Arrival<P> = { resolve, reject };
    this.#arrivals.add(arrival);
    const timer =
      maxWaitMs === null ? undefined : setTimeout(() => reject(refusal(this.#tooLong(maxWaitMs), [])), maxWaitMs);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#arrivals.delete(arrival);
    });
  }

  /** Lets those through who wait, then opens for everybody. */
  open(place: P): void {
    const state: State<P> = { kind: 'draining', place };
    this.#state = state;
    void this.#drain(state);
  }

  /** From now on sends wait. */
  close(): void {
    this.#state = { kind: 'waiting' };
  }

  /** From now on sends are refused, those who wait too. */
  refuse(sentence: string): void {
    this.#state = { kind: 'refusing', sentence };
    for (const waiting of [...this.#waiting]) {
      this.#remove(waiting);
      waiting.reject(refusal(sentence, waiting.records));
    }
    for (const { reject } of this.#arrivals) reject(refusal(sentence, []));
  }

  async #drain(state: State<P> & { readonly kind: 'draining' }): Promise<void> {
    while (this.#state === state && this.#waiting.size > 0) {
      const group = this.#nextGroup();
      group.forEach((waiting) => this.#remove(waiting));
      try {
        const batches = group.map(({ batch }) => batch);
        const results = await this.#options.deliver(state.place, batches);
        group.forEach((waiting, index) => waiting.resolve(results[index]!));
      } catch (error) {
        for (const { records, reject } of group)
          reject(error instanceof RecordsNotConfirmedError ? error.concerning(records) : error);
      }
    }
    if (this.#state !== state) return;
    this.#state = { kind: 'open', place: state.place };
    for (const { resolve } of this.#arrivals) resolve(state.place);
  }

  /** The first of the line and those behind it that may travel in the same batch. */
  #nextGroup(): readonly Waiting<R>[] {
    const group: Waiting<R>[] = [];
    let bytes = 0;
    let records = 0;
    for (const waiting of this.#waiting) {
      bytes += sizeOf(waiting.records);
      records += waiting.records.length;
      const first = group[0];
      if (first && (bytes > MERGED_BYTES || records > MERGED_RECORDS || !sameSettings(first.batch, waiting.batch)))
        break;
      group.push(waiting);
    }
    return group;
  }

  #queue(waiting: Waiting<R>): void {
    const { maxWaitMs } = this.#options;
    if (maxWaitMs !== null) {
      waiting.timer = setTimeout(() => {
        this.#remove(waiting);
        waiting.reject(refusal(`${this.#tooLong(maxWaitMs)}; nothing was sent`, waiting.records));
      }, maxWaitMs);
    }
    this.#waiting.add(waiting);
    this.#records += waiting.records.length;
  }

  #tooLong(maxWaitMs: number): string {
    const problem = this.#options.problem?.() ?? null;
    return `waited ${maxWaitMs} ms for a cluster to be open${problem === null ? '' : ` (${problem})`}`;
  }

  #remove(waiting: Waiting<R>): void {
    clearTimeout(waiting.timer);
    if (this.#waiting.delete(waiting)) this.#records -= waiting.records.length;
  }
}

const sameSettings = (a: ProducerBatch, b: ProducerBatch): boolean =>
  a.acks === b.acks && a.timeout === b.timeout && a.compression === b.compression;

const length = (part: Message['value'] | undefined): number => (part === null || part === undefined ? 0 : part.length);
const sizeOf = (records: readonly GivenRecord[]): number =>
  records.reduce((sum, { message }) => sum + length(message.key) + length(message.value), 0);

const refusal = (sentence: string, records: readonly GivenRecord[]) =>
  new RecordsNotConfirmedError(sentence, { outcome: 'unsent', cluster: null, revision: null, records });
