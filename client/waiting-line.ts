/**
 * Where sends wait while no cluster is open for them: before the first routing, in mid-switch, and under `hold`.
 * First in, first out: when the line opens, what waited goes before what comes new.
 */
import { RecordsNotConfirmedError, type GivenRecord } from './errors.ts';

export interface WaitingLineOptions {
  /** At most this many records wait; more are refused at once. */
  readonly maxRecords: number;
  /** At most this long; null = until the line opens. */
  readonly maxWaitMs: number | null;
}

interface Waiting<P> {
  readonly records: readonly GivenRecord[];
  readonly go: (place: P) => void;
  readonly refuse: (sentence: string) => void;
  timer: NodeJS.Timeout | undefined;
}

type State<P> =
  | { readonly kind: 'open'; readonly place: P }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refusing'; readonly sentence: string };

export class WaitingLine<P> {
  readonly #options: WaitingLineOptions;
  readonly #waiting = new Set<Waiting<P>>();
  #state: State<P> = { kind: 'waiting' };
  #records = 0;

  constructor(options: WaitingLineOptions) {
    this.#options = options;
  }

  /** Runs `send` at once if the line is open, otherwise when it opens. Rejects (unsent) if it may not wait. */
  enter<T>(records: readonly GivenRecord[], send: (place: P) => Promise<T>): Promise<T> {
    if (this.#state.kind === 'open') return send(this.#state.place);
    if (this.#state.kind === 'refusing') return Promise.reject(refusal(this.#state.sentence, records));
    if (this.#records + records.length > this.#options.maxRecords) {
      const sentence = `${this.#records} records are waiting for a cluster and at most ${this.#options.maxRecords} may: slow down, or raise maxWaitingRecords`;
      return Promise.reject(refusal(sentence, records));
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue(records, (place) => void send(place).then(resolve, reject), reject);
    });
  }

  /** Lets everybody through, those who wait first. */
  open(place: P): void {
    this.#state = { kind: 'open', place };
    for (const waiting of [...this.#waiting]) {
      this.#remove(waiting);
      waiting.go(place);
    }
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
      waiting.refuse(sentence);
    }
  }

  #queue(records: readonly GivenRecord[], go: (place: P) => void, reject: (error: Error) => void): void {
    const waiting: Waiting<P> = {
      records,
      go,
      refuse: (sentence) => reject(refusal(sentence, records)),
      timer: undefined,
    };
    const { maxWaitMs } = this.#options;
    if (maxWaitMs !== null) {
      waiting.timer = setTimeout(() => {
        this.#remove(waiting);
        waiting.refuse(`waited ${maxWaitMs} ms for a cluster to be open; nothing was sent`);
      }, maxWaitMs);
    }
    this.#waiting.add(waiting);
    this.#records += records.length;
  }

  #remove(waiting: Waiting<P>): void {
    clearTimeout(waiting.timer);
    if (this.#waiting.delete(waiting)) this.#records -= waiting.records.length;
  }
}

const refusal = (sentence: string, records: readonly GivenRecord[]) =>
  new RecordsNotConfirmedError(sentence, { outcome: 'unsent', cluster: null, revision: null, records });
