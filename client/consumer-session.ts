/** One stay of a consumer in its group on one cluster. */
import type {
  Consumer,
  ConsumerConfig,
  ConsumerCrashEvent,
  ConsumerRunConfig,
  Kafka,
  PartitionAssigner,
} from 'kafkajs';
import { consumersAreHome } from '../core/contracts/primitives.ts';
import type { Routing } from '../core/contracts/routing.ts';
import { failoverAssigner, type OwnedPartitions } from './assigner.ts';
import { StartRefusedError } from './errors.ts';
import { InProgress, watchedHandler, type Handler, type ProcessedAt } from './handlers.ts';
import type { Kept } from './keeper.ts';
import { leashedKafka, type KafkaConfigFor } from './kafka-client.ts';
import type { Leash } from './leash.ts';
import type { Listeners } from './listeners.ts';
import type { Logger } from './logging.ts';
import {
  guardPositions,
  readPositions,
  requirePositions,
  type PartitionPosition,
  type StartWithoutPosition,
} from './positions.ts';
import { settledWithin, unlessAborted } from './timing.ts';

/** kafkajs settings an application may add. Topics, positions and restarts are this library's business. */
export type ConsumerSettings = Omit<ConsumerConfig, 'groupId' | 'allowAutoTopicCreation'>;
export type RunSettings = Omit<ConsumerRunConfig, 'eachMessage' | 'eachBatch'> & Handler;

export interface ConsumerSetup {
  readonly clientId: string;
  readonly groupId: string;
  readonly kafka: KafkaConfigFor;
  readonly consumer: ConsumerSettings;
  readonly run: RunSettings;
  readonly startWithoutPosition: StartWithoutPosition;
  readonly memory: OwnedPartitions;
  readonly finishMs: number;
  readonly commitMs: number;
  readonly logger: Logger;
  readonly listeners: Listeners;
  readonly onJoined: (member: string, partitions: Readonly<Record<string, readonly number[]>>) => void;
  readonly onProcessed: (member: string, at: ProcessedAt) => void;
}

const DISCONNECT_MS = 500;
/** kafkajs learns of a rebalance by its heartbeat, and stops only after a fetch came back: both short. */
const PROMPT = { heartbeatInterval: 1000, maxWaitTimeInMs: 500 };
/** Seconds: after that kafkajs gives up and the keeper opens a fresh client. */
const CONSUMER_RETRY = { initialRetryTime: 200, maxRetryTime: 1000, retries: 4 };

export interface ConsumerSession extends Kept {
  /** kafkajs's own consumer of this stay. */
  readonly consumer: Consumer;
}

/** @throws StartRefusedError without a committed position; what kafkajs throws if the cluster cannot be reached. */
export async function openConsumer(
  routing: Routing,
  topics: readonly string[],
  setup: ConsumerSetup,
  stopping: AbortSignal,
): Promise<ConsumerSession> {
  const { kafka, leash } = await unlessAborted(leashedKafka(routing.consumers, setup), stopping);
  const session = new OpenConsumer(leash, setup);
  try {
    const positions = await unlessAborted(readPositions(kafka, setup.groupId, topics), stopping);
    const policy = consumersAreHome(routing.phase) ? setup.startWithoutPosition : 'refuse';
    if (policy === 'refuse') requirePositions(positions, setup.groupId, routing.consumers.cluster);
    await unlessAborted(session.start(kafka, topics, positions, policy), stopping);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

class OpenConsumer implements ConsumerSession {
  readonly ended: Promise<Error>;
  readonly #leash: Leash;
  readonly #setup: ConsumerSetup;
  readonly #inProgress = new InProgress();
  readonly #end: (reason: Error) => void;
  #consumer: Consumer | null = null;
  /** kafkajs's own start; it must be over before a stop, or the member would join after having "left". */
  #starting: Promise<unknown> = Promise.resolve();
  #member = '';
  #closing = false;

  constructor(leash: Leash, setup: ConsumerSetup) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.ended = promise;
    this.#end = resolve;
    this.#leash = leash;
    this.#setup = setup;
  }

  get consumer(): Consumer {
    return this.#consumer!;
  }

  async start(
    kafka: Kafka,
    topics: readonly string[],
    positions: readonly PartitionPosition[],
    policy: StartWithoutPosition,
  ): Promise<void> {
    const consumer = kafka.consumer(this.#config(positions, policy));
    this.#consumer = consumer;
    this.#listen(consumer);
    this.#setup.listeners.attach(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: policy !== 'latest' });
    const { eachMessage, eachBatch, ...run } = this.#setup.run;
    const handler = eachMessage ? { eachMessage } : { eachBatch };
    const onProcessed = (at: ProcessedAt) => this.#setup.onProcessed(this.#member, at);
    const watched = watchedHandler(handler, run.eachBatchAutoResolve ?? true, this.#inProgress, onProcessed);
    this.#starting = consumer.run({ ...run, ...watched });
    await this.#starting;
  }

  /**
   * Finish what is in progress, commit, leave; each bounded, because the cluster may be dead and the handler stuck.
   * kafkajs commits the last processed position while it stops. The cut at the end makes it final.
   */
  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#closing = true;
    if (consumer) {
      const { finishMs, commitMs, logger } = this.#setup;
      await settledWithin(this.#starting, commitMs);
      const left = consumer.stop();
      if (!(await settledWithin(this.#inProgress.idle(), finishMs)))
        logger.warn(
          `a handler ran longer than ${finishMs} ms; what was processed since the last commit will be read again`,
        );
      if (!(await settledWithin(left, commitMs)))
        logger.warn(`the last position was not committed within ${commitMs} ms; some records may be read again`);
      await settledWithin(consumer.disconnect(), DISCONNECT_MS);
    }
    this.#leash.cut();
  }

  #config(positions: readonly PartitionPosition[], policy: StartWithoutPosition): ConsumerConfig {
    const { groupId, memory, consumer } = this.#setup;
    const { partitionAssigners = [], retry, ...settings } = consumer;
    const guarded: PartitionAssigner = (context) => {
      guardPositions(context.cluster, positions, policy);
      return failoverAssigner(memory)(context);
    };
    return {
      ...PROMPT,
      ...settings,
      groupId,
      allowAutoTopicCreation: false,
      partitionAssigners: [guarded, ...partitionAssigners],
      // Never kafkajs's own restart: it is not cancelled by disconnect() and would join again when the cluster is back.
      retry: { ...CONSUMER_RETRY, ...retry, restartOnFailure: async () => false },
    };
  }

  #listen(consumer: Consumer): void {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#member = payload.memberId;
      if (this.#closing) return;
      this.#setup.memory.owned = payload.memberAssignment;
      this.#setup.onJoined(payload.memberId, payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#end(reasonOf(payload.error)));
  }
}

/** The refusal of the position guard comes wrapped; anything else stays as kafkajs made it. */
function reasonOf(error: ConsumerCrashEvent['payload']['error']): Error {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof StartRefusedError) return cause;
  return error;
}
