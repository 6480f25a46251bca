/** Producers as most applications have them: plain kafkajs with its defaults, moved when a person changes the address. */
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Producer } from 'kafkajs';
import { BATCH, Backlog, TICK_MS } from './making.ts';
import type { Pending } from './making.ts';
import type { Running } from './producing.ts';
import type { Alias, Place, WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

type Log = (event: WorkloadEvent) => void;

/** How long an application that is being moved waits for its last request before it gives it up and sends it again. */
const LAST_REQUEST_MS = 2_000;

export async function produceNaively(spec: WorkloadSpec, control: () => WorkloadControl, log: Log): Promise<Running> {
  const lanes = spec.clients.map(({ id }) => new NaiveLane(spec, id, control, log));
  return {
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

class NaiveLane {
  readonly #spec: WorkloadSpec;
  readonly #id: string;
  readonly #control: () => WorkloadControl;
  readonly #log: Log;
  readonly #backlog: Backlog;
  readonly #finished: Promise<void>;
  #at: { readonly cluster: Alias; readonly producer: Producer } | undefined;
  #revision = 0;
  #stopping = false;

  constructor(spec: WorkloadSpec, id: string, control: () => WorkloadControl, log: Log) {
    this.#spec = spec;
    this.#id = id;
    this.#control = control;
    this.#log = log;
    this.#backlog = new Backlog(spec, { id }, control);
    this.#finished = this.#work();
  }

  /** Stops making records, but sends all that were made: an application that ends in order owes nothing. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#finished;
    await this.#at?.producer.disconnect();
  }

  async #work(): Promise<void> {
    let last = Date.now();
    while (!this.#stopping || this.#backlog.length > 0) {
      const now = Date.now();
      if (!this.#stopping) this.#backlog.make(now - last);
      last = now;
      await this.#goWhereTold();
      if (this.#backlog.length > 0) await this.#sendSome();
      else await delay(TICK_MS);
    }
  }

  get #told(): Place {
    const { place } = this.#control();
    if (place === undefined) throw new Error(`${this.#id} was not told its cluster: the control file has no "place"`);
    return place;
  }

  async #goWhereTold(): Promise<void> {
    const { producers: cluster, revision } = this.#told;
    if (this.#at?.cluster !== cluster) {
      await this.#at?.producer.disconnect().catch(() => undefined);
      const kafka = new Kafka({
        clientId: this.#id,
        brokers: [...this.#spec.clusters[cluster]],
        logLevel: logLevel.ERROR,
      });
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      this.#at = { cluster, producer };
    }
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#log({ at: 'adopted', client: this.#id, role: 'producer', revision, atMs: Date.now() });
  }

  /** kafkajs does not say which records of a failed request were written: all of them are sent again. */
  async #sendSome(): Promise<void> {
    const { cluster, producer } = this.#at!;
    const batch = this.#backlog.next();
    const sentAtMs = Date.now();
    const sending = producer.sendBatch({ topicMessages: this.#backlog.messages(batch) }).then(
      () => 'ok' as const,
      () => 'unknown' as const,
    );
    const result = await this.#patiently(sending, cluster);
    const atMs = Date.now();
    for (const record of batch) this.#note(record, { result, cluster, sentAtMs, atMs });
    if (result === 'ok') this.#backlog.remove(new Set(batch));
    if (result !== 'ok' || this.#backlog.length < BATCH) await delay(TICK_MS);
  }

  async #patiently(sending: Promise<'ok' | 'unknown'>, cluster: Alias): Promise<'ok' | 'unknown'> {
    let toldMs: number | undefined;
    for (;;) {
      const answer = await Promise.race([sending, delay(TICK_MS)]);
      if (answer !== undefined) return answer;
      if (this.#told.producers !== cluster) toldMs ??= Date.now();
      if (toldMs !== undefined && Date.now() - toldMs > LAST_REQUEST_MS) return 'unknown';
    }
  }

  #note(
    { topic, key, seq }: Pending,
    how: Pick<WorkloadEvent & { at: 'produced' }, 'result' | 'cluster' | 'sentAtMs' | 'atMs'>,
  ): void {
    this.#log({ at: 'produced', producer: this.#id, seq, key, topic, revision: this.#revision, ...how });
  }
}
