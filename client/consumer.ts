/** A kafkajs consumer that obeys the routing of its client set. */
import type {
  Consumer,
  ConsumerEvents,
  GroupDescription,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  TopicPartitions,
} from 'kafkajs';
import { topicsToRead, type Routing } from '../core/contracts/routing.ts';
import { mendFetches } from './aborted.ts';
import { createAdoptionReporter, eventBridgeSink, type AdoptionReporter } from './adoption.ts';
import type { OwnedPartitions } from './assigner.ts';
import {
  openConsumer,
  type ConsumerSession,
  type ConsumerSettings,
  type ConsumerSetup,
  type RunSettings,
} from './consumer-session.ts';
import { StartRefusedError } from './errors.ts';
import { createFollower, type Follower } from './follower.ts';
import type { ProcessedAt } from './handlers.ts';
import { tell, tellAndWait, type ConsumerHooks } from './hooks.ts';
import { clientName, sameEndpoint } from './kafka-client.ts';
import { keep, type Keeper } from './keeper.ts';
import { CONSUMER_EVENTS, Listeners } from './listeners.ts';
import { messageOf, silentLogger, type Logger } from './logging.ts';
import { requireOffset, type StartWithoutPosition } from './positions.ts';
import type { ClientOptions, ClientState, ClientStatus } from './options.ts';

export interface ConsumerOptions extends ClientOptions {
  /** The same id on both clusters. */
  readonly groupId: string;
  /** Home topics to read; default: all topics of the client set. Remote names follow from the routing. */
  readonly topics?: readonly string[];
  readonly hooks?: ConsumerHooks;
  /**
   * For a group that never committed, in phase `home` only: refuse (default), or begin at one end of the log. At the
   * refuge a start without a position is always refused.
   */
  readonly startWithoutPosition?: StartWithoutPosition;
  /** How long a switch waits for handlers in progress. Default 30 000. */
  readonly finishMs?: number;
  /** How long a switch waits for the last commit and for leaving the group. Default 3000. */
  readonly commitMs?: number;
  /** Further kafkajs settings. Assigners given here are offered beside ours: only for the time of a rolling upgrade. */
  readonly consumer?: ConsumerSettings;
}

export interface FailoverConsumer {
  /**
   * Starts following the routing and consuming; returns at once. Takes what kafkajs's `run` takes (autoCommit,
   * autoCommitInterval, partitionsConsumedConcurrently ...) with one of eachMessage and eachBatch.
   */
  run(settings: RunSettings): Promise<void>;
  /** As in kafkajs, for `autoCommit: false`. Rejects while there is no group to commit to, as in mid-switch. */
  commitOffsets(positions: readonly TopicPartitionOffsetAndMetadata[]): Promise<void>;
  /** As in kafkajs, with the topics that the handler sees. A pause ends with the stay: a switch or a recovery reads on. */
  pause(topics: readonly TopicPartitionsToPause[]): void;
  resume(topics: readonly TopicPartitionsToPause[]): void;
  paused(): readonly TopicPartitions[];
  /**
   * As in kafkajs, with the topics that the handler sees: the next fetch begins there, and with autoCommit the position
   * is committed. Offsets belong to one cluster, so it throws while the consumer is not at work on one; a seek that a
   * switch overtakes is dropped with its stay.
   */
  seek(to: TopicPartitionOffset): void;
  /** As in kafkajs: the group on the cluster of the moment. Rejects while the consumer is between clusters. */
  describeGroup(): Promise<GroupDescription>;
  /**
   * As in kafkajs; may be called at any time. Listeners hear of every stay, on whichever cluster: `CONNECT`, `STOP` and
   * `DISCONNECT` come with each switch. One that throws is logged and harms nobody.
   */
  readonly on: Consumer['on'];
  readonly events: ConsumerEvents;
  /** Finishes what is in progress, commits, leaves the group and stops following; bounded by finishMs and commitMs. */
  disconnect(): Promise<void>;
  status(): ClientStatus;
}

interface TopicPartitionsToPause {
  readonly topic: string;
  /** Default: all of the topic. */
  readonly partitions?: number[];
}

const FINISH_MS = 30_000;
const COMMIT_MS = 3000;

class RoutedConsumer implements FailoverConsumer {
  readonly events = CONSUMER_EVENTS;
  readonly on: Consumer['on'];
  readonly #listeners: Listeners;
  readonly #options: ConsumerOptions;
  readonly #logger: Logger;
  readonly #clientId: string;
  readonly #follower: Follower;
  readonly #reporter: AdoptionReporter;
  #run: RunSettings | null = null;
  #keeper: Keeper | null = null;
  #session: ConsumerSession | null = null;
  /** Partitions owned last, and where: another cluster is another ownership. */
  #memory: OwnedPartitions & { readonly cluster: string } = { cluster: '', owned: {} };
  #routing: Routing | null = null;
  #state: ClientState = 'starting';
  #problem: string | null = null;

  constructor(options: ConsumerOptions) {
    const { pair, clientSet, groupId, logger = silentLogger, random = Math.random } = options;
    mendFetches();
    this.#options = options;
    this.#logger = logger;
    this.#listeners = new Listeners(CONSUMER_EVENTS, logger);
    this.on = this.#listeners.on;
    this.#clientId = clientName(clientSet, options.clientId);
    const { hooks, source, memory, adoption: sink = eventBridgeSink(), heartbeatSeconds } = options;
    const identity = { pair, clientSet, role: 'consumer' as const, clientId: this.#clientId, group: groupId };
    this.#reporter = createAdoptionReporter({ identity, sink, heartbeatSeconds, logger, random });
    const apply = (to: Routing, from: Routing | null) => this.#apply(to, from);
    this.#follower = createFollower({
      pair,
      clientSet,
      role: 'consumer',
      source,
      memory,
      logger,
      apply,
      onProblem: hooks?.onRoutingProblem,
    });
  }

  async run(settings: RunSettings): Promise<void> {
    if (this.#run)
      throw new Error(`run() was called twice for client "${this.#clientId}"; make a second consumer instead`);
    this.#run = settings;
    await this.#follower.start();
  }

  async commitOffsets(positions: readonly TopicPartitionOffsetAndMetadata[]): Promise<void> {
    await this.#joined('commitOffsets()').commitOffsets([...positions]);
  }

  pause(topics: readonly TopicPartitionsToPause[]): void {
    this.#joined('pause()').pause([...topics]);
  }

  resume(topics: readonly TopicPartitionsToPause[]): void {
    this.#joined('resume()').resume([...topics]);
  }

  paused(): readonly TopicPartitions[] {
    return this.#session?.consumer.paused() ?? [];
  }

  seek(to: TopicPartitionOffset): void {
    requireOffset(to.offset);
    // In mid-switch the old stay is still there, for commits; a seek in it would be forgotten without a word.
    this.#joined('seek()', this.#state === 'open').seek(to);
  }

  async describeGroup(): Promise<GroupDescription> {
    return this.#joined('describeGroup()').describeGroup();
  }

  #joined(what: string, atWork = true): Consumer {
    if (this.#session && atWork) return this.#session.consumer;
    throw new Error(`${what} needs a consumer that has joined its group; client "${this.#clientId}" is ${this.#state}`);
  }

  async disconnect(): Promise<void> {
    await this.#follower.stop();
    await this.#leave();
    await this.#reporter.leave(this.#routing);
    this.#state = 'stopped';
    this.#problem = null;
  }

  status(): ClientStatus {
    return { state: this.#state, routing: this.#routing, problem: this.#problem };
  }

  /** Leaves the old group before the new one is joined: never both. Bounded by finishMs, commitMs and the hooks. */
  async #apply(to: Routing, from: Routing | null): Promise<void> {
    const stays =
      this.#keeper !== null &&
      from !== null &&
      sameEndpoint(from.consumers, to.consumers) &&
      this.#topics(from).join() === this.#topics(to).join();
    if (stays) {
      this.#routing = to;
      if (this.#state === 'open') this.#reporter.report(to, { active: true });
      return;
    }
    const { hooks } = this.#options;
    await tellAndWait(this.#logger, hooks?.onBeforeSwitch, { role: 'consumer', clientId: this.#clientId, from, to });
    this.#state = 'switching';
    this.#problem = null;
    await this.#leave();
    this.#routing = to;
    if (this.#memory.cluster !== to.consumers.cluster) this.#memory = { cluster: to.consumers.cluster, owned: {} };
    this.#enter(to, from);
  }

  /** The session serves handlers in progress until it is closed: they may still commit. */
  async #leave(): Promise<void> {
    await this.#keeper?.stop();
    this.#session = null;
  }

  #topics(routing: Routing): readonly string[] {
    const { topics = routing.topics } = this.#options;
    return topicsToRead({ ...routing, topics: [...topics] });
  }

  #enter(to: Routing, from: Routing | null): void {
    const { cluster } = to.consumers;
    this.#reporter.report(to, { active: false, note: `joining ${cluster}` });
    const setup = this.#setup(to, this.#arrival(to, from));
    this.#keeper = keep({
      open: async (stopping) => {
        this.#requireListedTopics(to);
        return openConsumer(to, this.#topics(to), setup, stopping);
      },
      onOpened: (session) => {
        this.#session = session;
      },
      onSetback: (reason, retryInMs) => {
        this.#session = null;
        this.#setback(to, reason, retryInMs);
      },
      firstPauseMs: 300,
      // A refused start is looked at again about as often as the routing: the position may be there any moment.
      longestPauseMs: Math.min(5000, to.pollSeconds * 1000),
      random: this.#options.random ?? Math.random,
    });
  }

  /** Told at the first join after a switch; later joins are rebalances and recoveries. */
  #arrival(to: Routing, from: Routing | null): () => void {
    let arrived = false;
    return () => {
      const recovered = this.#state !== 'open';
      this.#state = 'open';
      this.#problem = null;
      if (recovered) this.#reporter.report(this.#routing ?? to, { active: true });
      if (arrived) return;
      arrived = true;
      void tellAndWait(this.#logger, this.#options.hooks?.onAfterSwitch, {
        role: 'consumer',
        clientId: this.#clientId,
        from,
        to,
      });
    };
  }

  #setup(to: Routing, arrive: () => void): ConsumerSetup {
    const { groupId: group, hooks, kafka = () => ({}), consumer = {}, startWithoutPosition = 'refuse' } = this.#options;
    const { cluster } = to.consumers;
    const revision = () => this.#routing?.revision ?? to.revision;
    const onProcessed = (member: string, { topic, partition, message }: ProcessedAt) => {
      const fact = {
        cluster,
        topic,
        partition,
        offset: BigInt(message.offset),
        group,
        member,
        revision: revision(),
        message,
      };
      tell(this.#logger, hooks?.onProcessed, fact);
    };
    const onJoined = (member: string, partitions: Readonly<Record<string, readonly number[]>>) => {
      arrive();
      tell(this.#logger, hooks?.onAssigned, { cluster, group, member, revision: revision(), partitions });
    };
    const { finishMs = FINISH_MS, commitMs = COMMIT_MS } = this.#options;
    const bounds = { finishMs, commitMs, logger: this.#logger, memory: this.#memory, listeners: this.#listeners };
    return {
      clientId: this.#clientId,
      groupId: group,
      kafka,
      consumer,
      run: this.#run!,
      startWithoutPosition,
      onJoined,
      onProcessed,
      ...bounds,
    };
  }

  #requireListedTopics(to: Routing): void {
    const foreign = (this.#options.topics ?? []).filter((topic) => !to.topics.includes(topic));
    if (foreign.length === 0) return;
    throw new StartRefusedError(
      `topics ${foreign.join(', ')} are not part of client set "${to.clientSet}" (${to.topics.join(', ')})`,
    );
  }

  #setback(to: Routing, reason: unknown, retryInMs: number): void {
    const refused = reason instanceof StartRefusedError;
    const sentence = messageOf(reason);
    this.#problem = sentence;
    this.#logger.warn(`not consuming from ${to.consumers.cluster}: ${sentence}; again in ${retryInMs} ms`);
    const state = refused ? 'refused' : 'switching';
    const note = refused ? sentence : `${to.consumers.cluster} cannot be used: ${sentence}`;
    this.#reporter.report(this.#routing ?? to, { active: false, note });
    if (refused && this.#state !== 'refused') {
      tell(this.#logger, this.#options.hooks?.onRefusedStart, {
        cluster: to.consumers.cluster,
        revision: to.revision,
        sentence,
      });
    }
    this.#state = state;
  }
}

/**
 * Makes a consumer for one client set and one group. Nothing is opened before `run()`.
 *
 * At a switch it finishes what is in progress, commits, leaves, and only then joins its group on the new cluster, where
 * it starts from a committed position or not at all.
 * @throws Error for a name that is too long, and for another kafkajs than the one this library was made for
 */
export const createConsumer = (options: ConsumerOptions): FailoverConsumer => new RoutedConsumer(options);
