/** A kafkajs producer that obeys the routing of its client set. */
import type { Producer, ProducerBatch, ProducerConfig, ProducerEvents, ProducerRecord, RecordMetadata } from 'kafkajs';
import type { Routing } from '../core/contracts/routing.ts';
import { createAdoptionReporter, eventBridgeSink, type AdoptionReporter } from './adoption.ts';
import { RecordsNotConfirmedError } from './errors.ts';
import { createFollower, type Follower } from './follower.ts';
import { tell, tellAndWait, type HandedBack, type ProducerHooks } from './hooks.ts';
import { clientName, sameEndpoint } from './kafka-client.ts';
import { keep, type Keeper } from './keeper.ts';
import { Listeners, PRODUCER_EVENTS } from './listeners.ts';
import { messageOf, silentLogger, type Logger } from './logging.ts';
import type { ClientOptions, ClientState, ClientStatus } from './options.ts';
import type { Confirmed } from './confirmations.ts';
import { openProducer, type ProducerSession } from './producer-session.ts';
import type { FailoverTransaction } from './transaction.ts';
import { WaitingLine } from './waiting-line.ts';

export interface ProducerOptions extends ClientOptions {
  readonly hooks?: ProducerHooks;
  /** Called at a switch with the sends it cut short. Their promises reject as well. */
  readonly onUnsent?: (handedBack: readonly HandedBack[]) => void;
  /** Under `hold`: let sends wait (default) or reject them as unsent. */
  readonly onHold?: 'wait' | 'reject';
  /** How long a switch waits for sends in flight. Default 3000. */
  readonly flushMs?: number;
  /** How many records may wait for a cluster. Default 10 000. */
  readonly maxWaitingRecords?: number;
  /** How long a record may wait for a cluster; default: until one is open. */
  readonly maxWaitMs?: number;
  /**
   * Makes it a transactional producer. Unique per process, the same over its restarts; on the cluster it is
   * `<clientSet>.<transactionalId>`, so that twins of two client sets do not fence each other at the refuge.
   */
  readonly transactionalId?: string;
  /** Further kafkajs settings. */
  readonly producer?: Omit<ProducerConfig, 'transactionalId'>;
}

export interface FailoverProducer {
  /** Starts following the routing. Resolves when the first cluster is open (or the routing says hold). */
  connect(): Promise<void>;
  /** As in kafkajs; a failure is a RecordsNotConfirmedError. `acks: 0` is refused: nothing could be handed back. */
  send(record: ProducerRecord): Promise<RecordMetadata[]>;
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]>;
  /** With `transactionalId`: begins a transaction on the cluster of the moment, waiting for one as a send does. */
  transaction(): Promise<FailoverTransaction>;
  /** What was asked for in `producer`; a transactional producer is idempotent. */
  isIdempotent(): boolean;
  /** As in kafkajs; may be called at any time. Listeners hear of every stay: `CONNECT` and `DISCONNECT` come with each switch. */
  readonly on: Producer['on'];
  readonly events: ProducerEvents;
  /** Flushes within `flushMs`, leaves the cluster and stops following. */
  disconnect(): Promise<void>;
  status(): ClientStatus;
}

const FLUSH_MS = 3000;
const NEVER_OPENED = 'the producer was disconnected';

class RoutedProducer implements FailoverProducer {
  readonly events = PRODUCER_EVENTS;
  readonly on: Producer['on'];
  readonly #listeners: Listeners;
  readonly #options: ProducerOptions;
  readonly #logger: Logger;
  readonly #clientId: string;
  readonly #line: WaitingLine<ProducerSession, RecordMetadata[]>;
  readonly #follower: Follower;
  readonly #reporter: AdoptionReporter;
  readonly #firstOpen = Promise.withResolvers<undefined>();
  #keeper: Keeper | null = null;
  #session: ProducerSession | null = null;
  #routing: Routing | null = null;
  #state: ClientState = 'starting';
  #problem: string | null = null;

  constructor(options: ProducerOptions) {
    const { pair, clientSet, logger = silentLogger, random = Math.random } = options;
    this.#options = options;
    this.#logger = logger;
    this.#listeners = new Listeners(PRODUCER_EVENTS, logger);
    this.on = this.#listeners.on;
    this.#clientId = clientName(clientSet, options.clientId);
    this.#line = new WaitingLine({
      maxRecords: options.maxWaitingRecords ?? 10_000,
      maxWaitMs: options.maxWaitMs ?? null,
      problem: () => this.#problem,
      deliver: (session, batches) => this.#deliver(session, batches),
    });
    const { hooks, source, memory, adoption: sink = eventBridgeSink(), heartbeatSeconds } = options;
    const identity = { pair, clientSet, role: 'producer' as const, clientId: this.#clientId };
    this.#reporter = createAdoptionReporter({ identity, sink, heartbeatSeconds, logger, random });
    const apply = (to: Routing, from: Routing | null) => this.#apply(to, from);
    this.#follower = createFollower({
      pair,
      clientSet,
      role: 'producer',
      source,
      memory,
      logger,
      apply,
      onProblem: hooks?.onRoutingProblem,
    });
    this.#firstOpen.promise.catch(() => undefined);
  }

  async connect(): Promise<void> {
    await this.#follower.start();
    await this.#firstOpen.promise;
  }

  send({ topic, messages, ...settings }: ProducerRecord): Promise<RecordMetadata[]> {
    return this.sendBatch({ ...settings, topicMessages: [{ topic, messages }] });
  }

  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    if (this.#options.transactionalId !== undefined)
      throw new TypeError('this producer is transactional; allowed: send within transaction()');
    if (batch.acks === 0)
      throw new TypeError('acks is 0; allowed: -1 (default) or 1, so that a switch knows what was written');
    try {
      return await this.#line.enter(batch);
    } catch (error) {
      if (error instanceof RecordsNotConfirmedError) this.#tellUnconfirmed(error);
      throw error;
    }
  }

  async transaction(): Promise<FailoverTransaction> {
    if (this.#options.transactionalId === undefined)
      throw new TypeError('transactionalId is missing; give one, unique per process, to createProducer');
    const session = await this.#line.place();
    const { revision } = this.#routing!;
    return session.begin(revision, {
      onCommitted: (confirmed) => this.#tellConfirmed(session.cluster, revision, confirmed),
      onNotCommitted: (error) => this.#tellUnconfirmed(error),
    });
  }

  isIdempotent(): boolean {
    const { transactionalId, producer } = this.#options;
    return transactionalId !== undefined || producer?.idempotent === true;
  }

  async disconnect(): Promise<void> {
    this.#firstOpen.reject(new Error(NEVER_OPENED));
    const followed = this.#follower.stop();
    this.#line.refuse('the producer is disconnected; nothing was sent');
    await followed;
    await this.#leave();
    this.#line.refuse('the producer is disconnected; nothing was sent');
    await this.#reporter.leave(this.#routing);
    this.#state = 'stopped';
    this.#problem = null;
  }

  status(): ClientStatus {
    return { state: this.#state, routing: this.#routing, problem: this.#problem };
  }

  /** Leaves the old cluster before anything of the new one is opened: never both. Bounded by flushMs and the hooks. */
  async #apply(to: Routing, from: Routing | null): Promise<void> {
    const stays =
      this.#keeper !== null &&
      from !== null &&
      to.producers.state === 'active' &&
      sameEndpoint(from.producers, to.producers);
    if (stays) {
      this.#routing = to;
      if (this.#session) this.#reporter.report(to, { active: true });
      return;
    }
    this.#line.close();
    const { hooks } = this.#options;
    await tellAndWait(this.#logger, hooks?.onBeforeSwitch, { role: 'producer', clientId: this.#clientId, from, to });
    this.#state = 'switching';
    this.#problem = null;
    await this.#leave();
    this.#routing = to;
    if (to.producers.state === 'hold') this.#hold(to, from);
    else this.#enter(to, from);
  }

  async #deliver(session: ProducerSession, batches: readonly ProducerBatch[]): Promise<readonly RecordMetadata[][]> {
    const { revision } = this.#routing!;
    const results = await session.deliver(batches, revision);
    for (const { confirmed } of results) this.#tellConfirmed(session.cluster, revision, confirmed);
    return results.map(({ metadata }) => metadata);
  }

  async #leave(): Promise<void> {
    this.#line.close();
    const session = this.#session;
    this.#session = null;
    if (session) {
      const handedBack = await session.flush(this.#options.flushMs ?? FLUSH_MS);
      if (handedBack.length > 0) tell(this.#logger, this.#options.onUnsent, handedBack);
    }
    await this.#keeper?.stop();
    this.#keeper = null;
  }

  #hold(to: Routing, from: Routing | null): void {
    this.#state = 'holding';
    if (this.#options.onHold === 'reject')
      this.#line.refuse(`revision ${to.revision} tells producers to hold; nothing was sent`);
    this.#reporter.report(to, { active: true, note: 'holding' });
    this.#arrived(to, from);
  }

  #enter(to: Routing, from: Routing | null): void {
    const { kafka = () => ({}), producer = {}, transactionalId: id, random = Math.random } = this.#options;
    const transactionalId = id === undefined ? undefined : clientName(to.clientSet, id);
    const bases = { logger: this.#logger, listeners: this.#listeners };
    const setup = { clientId: this.#clientId, kafka, producer, transactionalId, ...bases };
    const { cluster } = to.producers;
    // A stay that is opened again is no switch.
    let arrived = false;
    this.#reporter.report(to, { active: false, note: `connecting to ${cluster}` });
    this.#keeper = keep({
      open: (stopping) => openProducer(to.producers, setup, stopping),
      onOpened: (session) => {
        this.#session = session;
        this.#state = 'open';
        this.#problem = null;
        this.#line.open(session);
        void session.ended.then(() => this.#lost(session));
        this.#reporter.report(this.#routing ?? to, { active: true });
        if (!arrived) this.#arrived(to, from);
        arrived = true;
      },
      onSetback: (reason, retryInMs) => {
        this.#problem = messageOf(reason);
        this.#logger.warn(`cannot use ${cluster}: ${this.#problem}; again in ${retryInMs} ms`);
      },
      firstPauseMs: 250,
      longestPauseMs: 5000,
      random,
    });
  }

  /** Sends wait from this moment on: the stay is only about to be closed. */
  #lost(session: ProducerSession): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#state = 'switching';
    this.#line.close();
  }

  #arrived(to: Routing, from: Routing | null): void {
    this.#firstOpen.resolve(undefined);
    void tellAndWait(this.#logger, this.#options.hooks?.onAfterSwitch, {
      role: 'producer',
      clientId: this.#clientId,
      from,
      to,
    });
  }

  #tellConfirmed(cluster: string, revision: number, confirmed: readonly Confirmed[]): void {
    for (const { record, partition, offset } of confirmed) {
      const fact = { cluster, topic: record.topic, partition, offset, revision, message: record.message };
      tell(this.#logger, this.#options.hooks?.onAcknowledged, fact);
    }
  }

  #tellUnconfirmed({ outcome, cluster, revision, records, message: because }: RecordsNotConfirmedError): void {
    const hook = outcome === 'unsent' ? this.#options.hooks?.onFailed : this.#options.hooks?.onUnknown;
    for (const { topic, message } of records) tell(this.#logger, hook, { topic, message, cluster, revision, because });
  }
}

/**
 * Makes a producer for one client set. Nothing is opened before `connect()`.
 *
 * At a switch it stops sending, flushes within `flushMs`, hands back what was not confirmed and only then opens the new
 * cluster; sends made meanwhile wait in line and go to the new cluster in order.
 */
export const createProducer = (options: ProducerOptions): FailoverProducer => new RoutedProducer(options);
