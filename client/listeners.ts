/**
 * Listeners of kafkajs's instrumentation events that outlive kafkajs's clients: each stay has a client of its own, and
 * what the application listens to is passed on from every one of them.
 */
import type { ConsumerEvents, InstrumentationEvent, ProducerEvents } from 'kafkajs';
import { messageOf, type Logger } from './logging.ts';

/** As kafkajs has them; it gives them away only with a client. */
export const CONSUMER_EVENTS: ConsumerEvents = {
  HEARTBEAT: 'consumer.heartbeat',
  COMMIT_OFFSETS: 'consumer.commit_offsets',
  GROUP_JOIN: 'consumer.group_join',
  FETCH_START: 'consumer.fetch_start',
  FETCH: 'consumer.fetch',
  START_BATCH_PROCESS: 'consumer.start_batch_process',
  END_BATCH_PROCESS: 'consumer.end_batch_process',
  CONNECT: 'consumer.connect',
  DISCONNECT: 'consumer.disconnect',
  STOP: 'consumer.stop',
  CRASH: 'consumer.crash',
  REBALANCING: 'consumer.rebalancing',
  RECEIVED_UNSUBSCRIBED_TOPICS: 'consumer.received_unsubscribed_topics',
  REQUEST: 'consumer.network.request',
  REQUEST_TIMEOUT: 'consumer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'consumer.network.request_queue_size',
};

export const PRODUCER_EVENTS: ProducerEvents = {
  CONNECT: 'producer.connect',
  DISCONNECT: 'producer.disconnect',
  REQUEST: 'producer.network.request',
  REQUEST_TIMEOUT: 'producer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'producer.network.request_queue_size',
};

/** What a kafkajs consumer and producer have in common here. */
export interface Emitter {
  on(name: string, listener: (event: InstrumentationEvent<unknown>) => void): unknown;
}

type Listener = (event: never) => unknown;

export class Listeners {
  readonly #byName: ReadonlyMap<string, Set<{ readonly listener: Listener }>>;
  readonly #logger: Logger;

  constructor(events: Readonly<Record<string, string>>, logger: Logger) {
    this.#byName = new Map(Object.values(events).map((name) => [name, new Set()]));
    this.#logger = logger;
  }

  /** @returns what takes the listener away again. @throws TypeError for a name that is none of the events */
  readonly on = (name: string, listener: Listener): (() => void) => {
    const listeners = this.#byName.get(name);
    if (!listeners) throw new TypeError(`there is no event "${name}"; allowed: ${[...this.#byName.keys()].join(', ')}`);
    // In an object of its own: who is added twice hears twice, and is taken away once.
    const added = { listener };
    listeners.add(added);
    return () => void listeners.delete(added);
  };

  /** To be called before the client connects, so that nothing of its stay is missed. */
  attach(client: Emitter): void {
    for (const [name, listeners] of this.#byName)
      client.on(name, (event) => {
        for (const { listener } of [...listeners]) this.#tell(name, listener as (event: unknown) => unknown, event);
      });
  }

  /** In kafkajs a listener that throws takes the client with it. */
  #tell(name: string, listener: (event: unknown) => unknown, event: unknown): void {
    const failed = (error: unknown) => this.#logger.error(`a listener of ${name} failed: ${messageOf(error)}`);
    try {
      void Promise.resolve(listener(event)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
