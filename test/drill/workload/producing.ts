/** Producers of one set: keyed, sequence-numbered records at a steady rate; what was not confirmed is sent again, in order. */
import { setTimeout as delay } from 'node:timers/promises';
import { RecordsNotConfirmedError, createProducer } from '../../../client/index.ts';
import type { FailoverProducer, FailoverTransaction } from '../../../client/index.ts';
import { BATCH, Backlog, recordOf, requestOf, TICK_MS } from './making.ts';
import { routingOf } from './following.ts';
import { HEARTBEAT_SECONDS, notedAdoptions, noting } from './noting.ts';
import type { WorkloadClient, WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Log = (event: WorkloadEvent) => void;

export interface Running {
  stop(): Promise<void>;
}

export async function produceAll(spec: WorkloadSpec, control: () => WorkloadControl, log: Log): Promise<Running> {
  const lanes = spec.clients.map((client) => new ProducerLane(spec, client, control, log));
  return {
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

class ProducerLane {
  readonly #producer: FailoverProducer;
  readonly #backlog: Backlog;
  readonly #sentAt = new Map<number, number>();
  readonly #finished: Promise<void>;
  readonly #transactional: boolean;
  readonly #doomed: Doomed | undefined;
  #stopping = false;

  constructor(spec: WorkloadSpec, client: WorkloadClient, control: () => WorkloadControl, log: Log) {
    const { id, transactional = false, aborting = false } = client;
    this.#doomed = aborting ? new Doomed(spec, id, log) : undefined;
    this.#transactional = transactional;
    this.#backlog = new Backlog(spec, client, control);
    this.#producer = createProducer({
      pair: spec.pair,
      clientSet: spec.set,
      clientId: id,
      source: routingOf(spec),
      adoption: notedAdoptions(id, 'producer', log),
      heartbeatSeconds: HEARTBEAT_SECONDS,
      ...(transactional && { transactionalId: id }),
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
        producer: String(message.headers?.['producer']),
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
    while (!this.#stopping || this.#backlog.length > 0) {
      const now = Date.now();
      if (!this.#stopping) this.#backlog.make(now - last);
      last = now;
      if (this.#backlog.length > 0) await this.#sendSome();
      else await delay(TICK_MS);
    }
  }

  /** Of records that are to be taken back nothing is asked but that the cluster is never asked to commit them. */
  async #abortSome(doomed: Doomed): Promise<void> {
    try {
      const transaction = await this.#producer.transaction();
      try {
        await transaction.sendBatch({ topicMessages: doomed.next() });
      } finally {
        await transaction.abort();
      }
    } catch (error) {
      if (!(error instanceof RecordsNotConfirmedError)) throw error;
    }
  }

  /** One request at a time keeps the order of each key; what was not confirmed stays at the head of the backlog. */
  async #sendSome(): Promise<void> {
    if (this.#doomed?.isDue() === true) await this.#abortSome(this.#doomed);
    const batch = this.#backlog.next();
    const now = Date.now();
    for (const { seq } of batch) this.#sentAt.set(seq, now);
    const confirmed = new Set(batch);
    try {
      const batches = { topicMessages: this.#backlog.messages(batch) };
      await (this.#transactional ? this.#commit(batches) : this.#producer.sendBatch(batches));
    } catch (error) {
      if (!(error instanceof RecordsNotConfirmedError)) throw error;
      const open = new Set(error.records.map(({ message }) => Number(message.headers?.['seq'])));
      // Of a transaction nothing is confirmed before the commit.
      for (const r of batch) if (this.#transactional || open.has(r.seq)) confirmed.delete(r);
      await delay(TICK_MS);
    }
    this.#backlog.remove(confirmed);
    for (const { seq } of confirmed) this.#sentAt.delete(seq);
    if (this.#backlog.length < BATCH) await delay(TICK_MS);
  }

  async #commit(batches: Parameters<FailoverTransaction['sendBatch']>[0]): Promise<void> {
    const transaction = await this.#producer.transaction();
    try {
      await transaction.sendBatch(batches);
      await transaction.commit();
    } catch (error) {
      if (transaction.isActive()) await transaction.abort();
      throw error;
    }
  }
}

/** Transactions between two that are aborted. */
const ABORT_EVERY = 5;
const DOOMED_AT_ONCE = 6;

/** Records that are written to be taken back, under a name of their own; told before they are sent, so that none is forgotten. */
class Doomed {
  readonly #spec: WorkloadSpec;
  readonly #id: string;
  readonly #log: Log;
  #seq = 0;
  #turns = 0;

  constructor(spec: WorkloadSpec, id: string, log: Log) {
    this.#spec = spec;
    this.#id = `${id}-aborted`;
    this.#log = log;
  }

  isDue(): boolean {
    return (this.#turns += 1) % ABORT_EVERY === 0;
  }

  next() {
    const batch = Array.from({ length: DOOMED_AT_ONCE }, () => recordOf(this.#spec, this.#id, this.#seq++));
    const nowMs = Date.now();
    const told = { at: 'produced', producer: this.#id, cluster: 'none', result: 'aborted', revision: 0 } as const;
    for (const record of batch) this.#log({ ...record, ...told, sentAtMs: nowMs, atMs: nowMs });
    return requestOf(this.#spec, this.#id, batch);
  }
}
