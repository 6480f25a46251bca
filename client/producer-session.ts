/** One stay of a producer on one cluster. It ends by a flush within a bound; what is not confirmed then is handed back. */
import {
  Partitioners,
  type ICustomPartitioner,
  type Message,
  type Producer,
  type ProducerBatch,
  type ProducerConfig,
  type RecordMetadata,
} from 'kafkajs';
import type { ClusterEndpoint } from '../core/contracts/routing.ts';
import { confirm, type Delivered } from './confirmations.ts';
import { RecordsNotConfirmedError, type GivenRecord, type Outcome } from './errors.ts';
import type { HandedBack } from './hooks.ts';
import type { Kept } from './keeper.ts';
import { leashedKafka, type KafkaConfigFor } from './kafka-client.ts';
import type { Leash } from './leash.ts';
import { messageOf, type Logger } from './logging.ts';
import { settledWithin, unlessAborted } from './timing.ts';
import { recordsOf } from './waiting-line.ts';

export interface ProducerSetup {
  readonly clientId: string;
  readonly kafka: KafkaConfigFor;
  readonly producer: Omit<ProducerConfig, 'transactionalId' | 'transactionTimeout'>;
  readonly logger: Logger;
}

export interface ProducerSession extends Kept {
  readonly cluster: string;
  /** Sends the batches as one, with the settings of the first; answers batch by batch. */
  deliver(batches: readonly ProducerBatch[], revision: number): Promise<readonly Delivered[]>;
  /** Waits for sends in flight; after the bound the rest is cut off and handed back. */
  flush(boundMs: number): Promise<readonly HandedBack[]>;
}

/** Seconds, not minutes: a send to a dead cluster answers after about 10 s and the application hears of it. */
const SEND_RETRY = { initialRetryTime: 200, maxRetryTime: 2000, retries: 6 };
const DISCONNECT_MS = 500;

interface Flight {
  readonly records: readonly GivenRecord[];
  readonly revision: number;
  readonly producedBefore: number;
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

export async function openProducer(
  endpoint: ClusterEndpoint,
  setup: ProducerSetup,
  stopping: AbortSignal,
): Promise<ProducerSession> {
  const { kafka, leash } = await leashedKafka(endpoint, setup);
  const chosen = new WeakMap<Message, number>();
  const { createPartitioner = Partitioners.DefaultPartitioner, ...given } = setup.producer;
  const config: ProducerConfig = {
    allowAutoTopicCreation: false,
    retry: SEND_RETRY,
    ...given,
    createPartitioner: rememberingPartitioner(chosen, createPartitioner),
  };
  const producer = kafka.producer(config);
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
  /** kafkajs producers reconnect by themselves: they do not end before they are closed. */
  readonly ended = new Promise<Error>(() => undefined);
  readonly #producer: Producer;
  readonly #leash: Leash;
  readonly #chosen: WeakMap<Message, number>;
  readonly #flights = new Set<Flight>();

  constructor(cluster: string, producer: Producer, leash: Leash, chosen: WeakMap<Message, number>) {
    this.cluster = cluster;
    this.#producer = producer;
    this.#leash = leash;
    this.#chosen = chosen;
  }

  async deliver(batches: readonly ProducerBatch[], revision: number): Promise<readonly Delivered[]> {
    const given = batches.flatMap((batch) => batch.topicMessages ?? []);
    // Copies, so that one message object sent twice is two messages to us and to kafkajs, which merges into what it is given.
    const copies = given.map(({ topic, messages }) => ({
      topic,
      messages: messages.map((message) => ({ ...message })),
    }));
    const sentAs: Message[] = copies.flatMap(({ messages }) => messages);
    const producedBefore = this.#leash.produceRequests();
    const sent = this.#producer.sendBatch({ ...batches[0], topicMessages: copies });
    const metadata = await this.#fly(sent, { records: batches.flatMap(recordsOf), revision, producedBefore });
    return confirm(batches, sentAs, this.#chosen, metadata);
  }

  async flush(boundMs: number): Promise<readonly HandedBack[]> {
    await settledWithin(Promise.all([...this.#flights].map(({ settled }) => settled)), boundMs);
    const unfinished = [...this.#flights];
    this.#leash.cut();
    return unfinished.map((flight) => {
      const error = this.#notConfirmed(flight, `not confirmed by ${this.cluster} when the producer had to leave it`);
      flight.interrupt(error);
      return { cluster: this.cluster, revision: flight.revision, outcome: error.outcome, records: flight.records };
    });
  }

  async close(): Promise<void> {
    await this.flush(0);
    await settledWithin(this.#producer.disconnect(), DISCONNECT_MS);
  }

  /** Registers the send, so that a flush waits for it or cuts it short; its failure always says what became of the records. */
  async #fly(
    sent: Promise<RecordMetadata[]>,
    facts: Pick<Flight, 'records' | 'revision' | 'producedBefore'>,
  ): Promise<RecordMetadata[]> {
    const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>();
    interrupted.catch(() => undefined);
    const landed = () => this.#flights.delete(flight);
    const flight: Flight = { ...facts, settled: sent.then(landed, landed), interrupt };
    this.#flights.add(flight);
    try {
      return await Promise.race([sent, interrupted]);
    } catch (error) {
      if (error instanceof RecordsNotConfirmedError) throw error;
      throw this.#notConfirmed(flight, `${this.cluster} did not confirm the records: ${messageOf(error)}`, error);
    }
  }

  #notConfirmed(
    { producedBefore, records, revision }: Flight,
    sentence: string,
    cause?: unknown,
  ): RecordsNotConfirmedError {
    const outcome: Outcome = this.#leash.produceRequests() === producedBefore ? 'unsent' : 'unknown';
    return new RecordsNotConfirmedError(sentence, { outcome, cluster: this.cluster, revision, records }, cause);
  }
}
