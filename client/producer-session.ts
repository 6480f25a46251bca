/** One stay of a producer on one cluster. It ends by a flush within a bound; what is not confirmed then is handed back. */
import {
  Partitioners,
  type ICustomPartitioner,
  type Message,
  type Producer,
  type ProducerBatch,
  type ProducerConfig,
  type RecordMetadata,
  type TopicMessages,
} from 'kafkajs';
import type { ClusterEndpoint } from '../core/contracts/routing.ts';
import { confirm, type Delivered } from './confirmations.ts';
import { RecordsNotConfirmedError, type GivenRecord, type Outcome } from './errors.ts';
import type { HandedBack } from './hooks.ts';
import type { Kept } from './keeper.ts';
import { leashedKafka, type KafkaConfigFor } from './kafka-client.ts';
import type { Leash } from './leash.ts';
import type { Listeners } from './listeners.ts';
import { messageOf, type Logger } from './logging.ts';
import { settledWithin, unlessAborted } from './timing.ts';
import { Turns } from './turns.ts';
import { OpenTransaction, type FailoverTransaction, type TransactionSetup } from './transaction.ts';
import { recordsOf } from './waiting-line.ts';
import { sendWhole } from './whole-send.ts';

export interface ProducerSetup {
  readonly clientId: string;
  readonly kafka: KafkaConfigFor;
  readonly producer: Omit<ProducerConfig, 'transactionalId'>;
  /** As the cluster sees it; undefined = no transactions. */
  readonly transactionalId: string | undefined;
  readonly logger: Logger;
  readonly listeners: Listeners;
}

export type TransactionHooks = Pick<TransactionSetup, 'onCommitted' | 'onNotCommitted'>;

export interface ProducerSession extends Kept {
  readonly cluster: string;
  /** Sends the batches as one, with the settings of the first; answers batch by batch. */
  deliver(batches: readonly ProducerBatch[], revision: number): Promise<readonly Delivered[]>;
  begin(revision: number, hooks: TransactionHooks): Promise<FailoverTransaction>;
  /** Waits for sends in flight and open transactions; after the bound the rest is cut off and handed back. */
  flush(boundMs: number): Promise<readonly HandedBack[]>;
}

/** Seconds, not minutes: a send to a dead cluster answers after about 10 s and the application hears of it. */
const SEND_RETRY = { initialRetryTime: 200, maxRetryTime: 2000, retries: 6 };
const DISCONNECT_MS = 500;

interface Flight {
  readonly records: readonly GivenRecord[];
  readonly revision: number;
  /** Whether a produce request has left since its turn came. */
  readonly mayBeWritten: () => boolean;
  readonly settled: Promise<unknown>;
  readonly interrupt: (error: RecordsNotConfirmedError) => void;
}

/**
 * Remembers the partition of each message. Also keeps it over kafkajs's retries: for a message without a key kafkajs
 * would choose again and could pick a broker that has already answered, losing the message silently.
 */
const rememberingPartitioner =
  (chosen: WeakMap<Message, number>, make: ICustomPartitioner): ICustomPartitioner =>
  () => {
    const choose = make();
    return (args) => {
      const partition = chosen.get(args.message) ?? choose(args);
      chosen.set(args.message, partition);
      return partition;
    };
  };

/** One request at a time: what kafkajs needs to keep the order that a transaction's numbering asks for. */
const transactional = (transactionalId: string): Partial<ProducerConfig> => ({
  transactionalId,
  idempotent: true,
  maxInFlightRequests: 1,
});

export async function openProducer(
  endpoint: ClusterEndpoint,
  setup: ProducerSetup,
  stopping: AbortSignal,
): Promise<ProducerSession> {
  const { kafka, leash } = await unlessAborted(leashedKafka(endpoint, setup), stopping);
  const chosen = new WeakMap<Message, number>();
  const { createPartitioner = Partitioners.DefaultPartitioner, ...given } = setup.producer;
  const config: ProducerConfig = {
    allowAutoTopicCreation: false,
    retry: SEND_RETRY,
    ...given,
    createPartitioner: rememberingPartitioner(chosen, createPartitioner),
    ...(setup.transactionalId === undefined ? {} : transactional(setup.transactionalId)),
  };
  const producer = kafka.producer(config);
  setup.listeners.attach(producer);
  try {
    await unlessAborted(producer.connect(), stopping);
  } catch (error) {
    leash.cut();
    throw error;
  }
  return new OpenProducer(endpoint.cluster, producer, leash, chosen);
}

class OpenProducer implements ProducerSession {
  readonly cluster: string;
  /** kafkajs producers reconnect by themselves; the end of one that numbers its records is told at `#numbered`. */
  readonly ended: Promise<Error>;
  readonly #end: (reason: Error) => void;
  readonly #producer: Producer;
  readonly #leash: Leash;
  readonly #chosen: WeakMap<Message, number>;
  readonly #flights = new Set<Flight>();
  readonly #transactions = new Set<OpenTransaction>();
  readonly #over = new AbortController();
  /**
   * For a producer that numbers its records (idempotent, transactional). kafkajs takes the numbers of a send that failed
   * back, also between its retries, and gives them to the next one; if the first was written after all, the cluster takes
   * the next for its repetition, confirms it and does not write it. So these go one at a time, and a failure that leaves
   * open what was written ends the stay: a fresh producer numbers anew.
   */
  readonly #numbered: Turns | null;
  #brokenBy: Error | null = null;

  constructor(cluster: string, producer: Producer, leash: Leash, chosen: WeakMap<Message, number>) {
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<Error>());
    this.cluster = cluster;
    this.#producer = producer;
    this.#leash = leash;
    this.#chosen = chosen;
    this.#numbered = producer.isIdempotent() ? new Turns() : null;
  }

  async deliver(batches: readonly ProducerBatch[], revision: number): Promise<readonly Delivered[]> {
    const { topicMessages, sentAs } = copiesOf(batches);
    const send = (open: TopicMessages[]) => this.#producer.sendBatch({ ...batches[0], topicMessages: open });
    const metadata = await this.#fly(() => this.#whole(send, topicMessages), {
      records: batches.flatMap(recordsOf),
      revision,
    });
    return confirm(batches, sentAs, this.#chosen, metadata);
  }

  /** @throws RecordsNotConfirmedError without records when the cluster does not let it begin, or the stay ends meanwhile. */
  async begin(revision: number, hooks: TransactionHooks): Promise<FailoverTransaction> {
    const { cluster } = this;
    try {
      const begun = await unlessAborted(this.#producer.transaction(), this.#over.signal);
      const deliver = async (batch: ProducerBatch) => {
        const { topicMessages, sentAs } = copiesOf([batch]);
        const send = (open: TopicMessages[]) => begun.sendBatch({ ...batch, topicMessages: open });
        const metadata = await this.#inTurn(() => this.#whole(send, topicMessages));
        return confirm([batch], sentAs, this.#chosen, metadata)[0]!;
      };
      const setup = { ...hooks, cluster, revision, leash: this.#leash, deliver, onBroken: this.#break };
      const transaction = new OpenTransaction(begun, setup);
      this.#transactions.add(transaction);
      void transaction.over.then(() => this.#transactions.delete(transaction));
      return transaction;
    } catch (error) {
      const facts = { outcome: 'unsent', cluster, revision, records: [] } as const;
      throw new RecordsNotConfirmedError(`no transaction on ${cluster}: ${messageOf(error)}`, facts, error);
    }
  }

  async flush(boundMs: number): Promise<readonly HandedBack[]> {
    this.#over.abort();
    const open = [...this.#transactions].map(({ over }) => over);
    await settledWithin(Promise.all([...open, ...[...this.#flights].map(({ settled }) => settled)]), boundMs);
    await Promise.all([...this.#transactions].map((transaction) => transaction.giveUp()));
    const unfinished = [...this.#flights];
    this.#brokenBy ??= new Error('the producer had to leave it');
    this.#leash.cut();
    const cutShort = [...this.#transactions].map((transaction) => transaction.cutShort()).filter((one) => one !== null);
    const interrupted = unfinished.map((flight) => {
      const error = this.#notConfirmed(flight, `not confirmed by ${this.cluster} when the producer had to leave it`);
      flight.interrupt(error);
      return { cluster: this.cluster, revision: flight.revision, outcome: error.outcome, records: flight.records };
    });
    return [...interrupted, ...cutShort];
  }

  async close(): Promise<void> {
    await this.flush(0);
    await settledWithin(this.#producer.disconnect(), DISCONNECT_MS);
  }

  /** Registers the send, so that a flush waits for it or cuts it short; its failure always says what became of the records. */
  async #fly(
    send: () => Promise<RecordMetadata[]>,
    facts: Pick<Flight, 'records' | 'revision'>,
  ): Promise<RecordMetadata[]> {
    const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>();
    interrupted.catch(() => undefined);
    let producedBefore: number | null = null;
    const mayBeWritten = () => producedBefore !== null && this.#leash.produceRequests() !== producedBefore;
    const sent = this.#inTurn(async () => {
      producedBefore = this.#leash.produceRequests();
      try {
        return await send();
      } catch (error) {
        if (this.#numbered !== null && mayBeWritten()) this.#break(error as Error);
        throw error;
      }
    });
    const landed = () => this.#flights.delete(flight);
    const flight: Flight = { ...facts, mayBeWritten, settled: sent.then(landed, landed), interrupt };
    this.#flights.add(flight);
    try {
      return await Promise.race([sent, interrupted]);
    } catch (error) {
      if (error instanceof RecordsNotConfirmedError) throw error;
      throw this.#notConfirmed(flight, `${this.cluster} did not confirm the records: ${messageOf(error)}`, error);
    }
  }

  #whole(
    send: (topicMessages: TopicMessages[]) => Promise<RecordMetadata[]>,
    topicMessages: TopicMessages[],
  ): Promise<RecordMetadata[]> {
    return sendWhole(send, topicMessages, (message) => this.#chosen.get(message));
  }

  #inTurn<T>(send: () => Promise<T>): Promise<T> {
    if (this.#numbered === null) return send();
    return this.#numbered.take(() => (this.#brokenBy === null ? send() : Promise.reject(this.#brokenBy)));
  }

  /** Nothing is sent from here on; the keeper opens another stay. */
  readonly #break = (reason: Error): void => {
    this.#brokenBy ??= reason;
    this.#end(reason);
  };

  #notConfirmed(
    { mayBeWritten, records, revision }: Flight,
    sentence: string,
    cause?: unknown,
  ): RecordsNotConfirmedError {
    const outcome: Outcome = mayBeWritten() ? 'unknown' : 'unsent';
    return new RecordsNotConfirmedError(sentence, { outcome, cluster: this.cluster, revision, records }, cause);
  }
}

/** Copies, so that one message object sent twice is two messages to us and to kafkajs, which merges into what it is given. */
function copiesOf(batches: readonly ProducerBatch[]): { topicMessages: TopicMessages[]; sentAs: readonly Message[] } {
  const topicMessages = batches
    .flatMap((batch) => batch.topicMessages ?? [])
    .map(({ topic, messages }) => ({ topic, messages: messages.map((message) => ({ ...message })) }));
  return { topicMessages, sentAs: topicMessages.flatMap(({ messages }) => messages) };
}
