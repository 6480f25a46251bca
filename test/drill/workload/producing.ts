/** Producers of one set: keyed, sequence-numbered records at a steady rate; what was not confirmed is sent again, in order. */
import { setTimeout as delay } from 'node:timers/promises';
import { RecordsNotConfirmedError, createProducer, ssmSource } from '../../../client/index.ts';
import type { FailoverProducer } from '../../../client/index.ts';
import { HEARTBEAT_SECONDS, notedAdoptions, noting } from './noting.ts';
import type { WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Log = (event: WorkloadEvent) => void;

export interface Running {
  stop(): Promise<void>;
}

/** How many records one request carries at the most. */
const BATCH = 100;
const TICK_MS = 50;
/** Odd, so that each key goes to each topic; enough that each partition gets some. */
const KEYS = 25;

interface Pending {
  readonly topic: string;
  readonly key: string;
  readonly seq: number;
}

export async function produceAll(spec: WorkloadSpec, control: () => WorkloadControl, log: Log): Promise<Running> {
  const lanes = spec.clients.map(({ id }) => new ProducerLane(spec, id, control, log));
  return {
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

class ProducerLane {
  readonly #producer: FailoverProducer;
  readonly #queue: Pending[] = [];
  readonly #sentAt = new Map<number, number>();
  readonly #finished: Promise<void>;
  readonly #spec: WorkloadSpec;
  readonly #id: string;
  readonly #control: () => WorkloadControl;
  #seq = 0;
  #owed = 0;
  #burstsDone = 0;
  #stopping = false;

  constructor(spec: WorkloadSpec, id: string, control: () => WorkloadControl, log: Log) {
    this.#spec = spec;
    this.#id = id;
    this.#control = control;
    this.#producer = createProducer({
      pair: spec.pair,
      clientSet: spec.set,
      clientId: id,
      source: ssmSource({ pair: spec.pair, clientSet: spec.set, regions: spec.regions }),
      adoption: notedAdoptions(id, 'producer', log),
      heartbeatSeconds: HEARTBEAT_SECONDS,
      logger: noting(id, log),
      hooks: this.#hooks(log),
    });
    this.#finished = this.#work();
  }

  /** Stops making records, but sends all that were made: an application that ends in order owes nothing. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#finished;
    await this.#producer.disconnect();
  }

  #hooks(log: Log) {
    const line = (message: { key?: unknown; headers?: Record<string, unknown> | undefined }) => {
      const seq = Number(message.headers?.['seq']);
      return {
        at: 'produced' as const,
        producer: this.#id,
        seq,
        key: String(message.key),
        sentAtMs: this.#sentAt.get(seq) ?? 0,
        atMs: Date.now(),
      };
    };
    return {
      onAcknowledged: (r: {
        cluster: string;
        topic: string;
        partition: number;
        offset: bigint | null;
        revision: number;
        message: object;
      }) =>
        log({
          ...line(r.message),
          topic: r.topic,
          cluster: r.cluster,
          result: 'ok',
          partition: r.partition,
          revision: r.revision,
          ...(r.offset !== null && { offset: String(r.offset) }),
        }),
      onFailed: (r: { cluster: string | null; topic: string; revision: number | null; message: object }) =>
        log({
          ...line(r.message),
          topic: r.topic,
          cluster: r.cluster ?? 'none',
          result: 'failed',
          revision: r.revision ?? 0,
        }),
      onUnknown: (r: { cluster: string | null; topic: string; revision: number | null; message: object }) =>
        log({
          ...line(r.message),
          topic: r.topic,
          cluster: r.cluster ?? 'none',
          result: 'unknown',
          revision: r.revision ?? 0,
        }),
    };
  }

  async #work(): Promise<void> {
    await this.#producer.connect();
    let last = Date.now();
    while (!this.#stopping || this.#queue.length > 0) {
      const now = Date.now();
      if (!this.#stopping) this.#make(now - last);
      last = now;
      if (this.#queue.length > 0) await this.#sendSome();
      else await delay(TICK_MS);
    }
  }

  #make(elapsedMs: number): void {
    const { producing, burst } = this.#control();
    if (producing) this.#owed += (elapsedMs / 1000) * this.#spec.rate;
    if (burst !== this.#burstsDone) {
      this.#burstsDone = burst;
      this.#owed += BATCH * 3;
    }
    for (; this.#owed >= 1; this.#owed -= 1) {
      const seq = this.#seq++;
      const topic = this.#spec.topics[seq % this.#spec.topics.length]!;
      this.#queue.push({ topic, key: `${this.#id}-${seq % KEYS}`, seq });
    }
  }

  /** One request at a time keeps the order of each key; what was not confirmed stays at the head of the queue. */
  async #sendSome(): Promise<void> {
    const batch = this.#queue.slice(0, BATCH);
    const now = Date.now();
    for (const { seq } of batch) this.#sentAt.set(seq, now);
    const topicMessages = this.#spec.topics.map((topic) => ({
      topic,
      messages: batch
        .filter((r) => r.topic === topic)
        .map((r) => ({
          key: r.key,
          value: `${this.#id}#${r.seq}`,
          headers: { producer: this.#id, seq: String(r.seq) },
        })),
    }));
    try {
      await this.#producer.sendBatch({ topicMessages: topicMessages.filter((t) => t.messages.length > 0) });
      this.#queue.splice(0, batch.length);
    } catch (error) {
      if (!(error instanceof RecordsNotConfirmedError)) throw error;
      const open = new Set(error.records.map(({ message }) => Number(message.headers?.['seq'])));
      const confirmed = new Set(batch.filter((r) => !open.has(r.seq)));
      const rest = this.#queue.filter((r) => !confirmed.has(r));
      this.#queue.splice(0, this.#queue.length, ...rest);
      await delay(TICK_MS);
    }
    for (const { seq } of batch) if (!this.#queue.some((r) => r.seq === seq)) this.#sentAt.delete(seq);
    if (this.#queue.length < BATCH) await delay(TICK_MS);
  }
}
