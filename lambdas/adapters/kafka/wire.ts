/** One cluster: a link per broker, who leads what, who coordinates what. Repeats what is worth repeating, within a deadline. */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { names } from '../../../core/config/pair.ts';
import type { Log } from '../../ports.ts';
import { CLIENT_ID, type Credentials, type Patience, type ResolvedSecurity } from './connection.ts';
import { Deadline } from './deadline.ts';
import { classifyError, codeOf, DeadlinePassed, isPassing, KafkaAnswer, nameOf } from './errors.ts';
import { answerOf, failIf, openLink, type Link } from './internals.ts';
import {
  layoutFrom,
  LEADER_NOT_AVAILABLE,
  UNKNOWN_TOPIC,
  type Broker,
  type Layout,
  type MetadataAnswer,
} from './layout.ts';
import { addressOf, tcpSocket, tlsSocket, type Address } from './socket.ts';

export interface CoordinatorAnswer {
  readonly errorCode: number;
  readonly coordinator: Broker;
}

/** Kafka's own numbers in FindCoordinator. */
const COORDINATOR_OF = { group: 0, transaction: 1 } as const;

export interface WireOptions {
  readonly servers: readonly string[];
  readonly credentials: Credentials;
  readonly patience: Patience;
  readonly log: Log;
}

export class Wire {
  readonly #options: WireOptions;
  readonly #links = new Map<string, Promise<Link>>();
  readonly #sockets = new Set<Socket>();
  readonly #open = new Set<Link>();
  readonly #coordinators = new Map<string, Address>();
  readonly #leaders = new Map<string, number>();
  #brokers: readonly Broker[] = [];

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` until it succeeds, fails for good, or `deadline` is over. A lost connection is worth one more try (the old one
   * may have been idle for long); an election is worth waiting for.
   */
  async attempt<T>(what: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    for (let round = 0, lost = 0; ; round += 1) {
      try {
        return await deadline.bound(what, work());
      } catch (error) {
        if (error instanceof DeadlinePassed) this.close();
        const passing = error instanceof KafkaAnswer ? isPassing(error) : isLostConnection(error) && (lost += 1) <= 1;
        const backoffMs = Math.min(25 * 2 ** round, 400);
        if (!passing || deadline.leftMs() <= backoffMs) throw error;
        this.#forget();
        await pause(backoffMs);
      }
    }
  }

  /** Brokers and cluster id. kafkajs reads "no topic" as "all topics", so one name is asked for and its answer ignored. */
  async brokers(): Promise<Pick<MetadataAnswer, 'clusterId' | 'brokers'>> {
    return this.#metadata([names.canaryTopic]);
  }

  async #metadata(topics: readonly string[]): Promise<MetadataAnswer> {
    const link = await this.anyLink();
    const answer = await link.call<MetadataAnswer>('Metadata', { topics, allowAutoTopicCreation: false });
    this.#brokers = answer.brokers;
    return answer;
  }

  /** @param topics at least one */
  async layout(topics: readonly string[]): Promise<Layout> {
    const layout = layoutFrom(await this.#metadata(topics));
    for (const [topic, { partitions }] of layout.topics)
      for (const { partition, leader } of partitions) this.#leaders.set(`${partition} ${topic}`, leader);
    return layout;
  }

  /** To the leader as last seen. @throws KafkaAnswer UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE */
  async leader(topic: string, partition: number): Promise<Link> {
    const key = `${partition} ${topic}`;
    if (!this.#leaders.has(key)) await this.layout([topic]);
    const leader = this.#leaders.get(key);
    if (leader === undefined) throw answerOf(UNKNOWN_TOPIC, `${topic}-${partition}`);
    return this.linkTo(leader);
  }

  /** To the broker with this id, as the newest layout knows it. @throws KafkaAnswer LEADER_NOT_AVAILABLE if there is none */
  async linkTo(nodeId: number): Promise<Link> {
    const broker = this.#brokers.find((known) => known.nodeId === nodeId);
    if (broker === undefined) throw answerOf(LEADER_NOT_AVAILABLE, `broker ${nodeId}`);
    return this.#link(broker);
  }

  async coordinator(of: keyof typeof COORDINATOR_OF, key: string): Promise<Link> {
    const known = this.#coordinators.get(`${of} ${key}`);
    if (known !== undefined) return this.#link(known);
    const answer = await (
      await this.anyLink()
    ).call<CoordinatorAnswer>('GroupCoordinator', { groupId: key, coordinatorType: COORDINATOR_OF[of] });
    failIf(answer.errorCode, `coordinator of ${of} "${key}"`);
    this.#coordinators.set(`${of} ${key}`, answer.coordinator);
    return this.#link(answer.coordinator);
  }

  /** An open link if there is one, else the first bootstrap server or known broker that answers. */
  async anyLink(): Promise<Link> {
    for (const candidate of this.#links.values()) {
      const link = await candidate.catch(() => undefined);
      if (link?.isOpen() === true) return link;
    }
    const addresses = [...this.#options.servers.map(addressOf), ...this.#brokers];
    const errors: unknown[] = [];
    return Promise.any(
      addresses.map((address) =>
        this.#link(address).catch((error: unknown) => {
          errors.push(error);
          throw error;
        }),
      ),
    ).catch(() => {
      throw errors[0];
    });
  }

  /** Every socket, now. The wire may be used again: it connects anew. */
  close(): void {
    for (const link of this.#open) link.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#open.clear();
    this.#sockets.clear();
    this.#links.clear();
    this.#forget();
  }

  #forget(): void {
    this.#coordinators.clear();
    this.#leaders.clear();
  }

  async #link(address: Address): Promise<Link> {
    const key = `${address.host}:${address.port}`;
    const present = this.#links.get(key);
    const link = await present?.catch(() => undefined);
    if (present !== undefined && link?.isOpen() === true) return link;
    if (this.#links.get(key) === present) this.#links.set(key, this.#connect(address));
    return this.#links.get(key)!;
  }

  async #connect(address: Address): Promise<Link> {
    const { credentials } = this.#options;
    const security = await credentials.read();
    try {
      return await this.#greeted(address, security);
    } catch (error) {
      credentials.failed(classifyError(error));
      throw error;
    }
  }

  async #greeted(address: Address, { tls, sasl }: ResolvedSecurity): Promise<Link> {
    const { patience, log } = this.#options;
    const deadline = new Deadline(patience.connectMs);
    const own = (opened: Socket): void => {
      this.#sockets.add(opened);
      opened.once('close', () => this.#sockets.delete(opened));
    };
    const tcp = await tcpSocket(address, deadline, { own });
    const socket = tls === undefined ? tcp : await tlsSocket(tcp, address, tls, deadline);
    const link = openLink(socket, {
      ...address,
      clientId: CLIENT_ID,
      requestMs: patience.requestMs,
      log,
      ...(sasl === undefined ? {} : { sasl }),
    });
    this.#open.add(link);
    socket.once('close', () => this.#open.delete(link));
    try {
      await new Deadline(patience.requestMs).bound(`greeting ${address.host}:${address.port}`, link.greet());
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }
}

/** The connection went away or fell silent, as against: it could not be made, or Kafka said no. */
const isLostConnection = (error: unknown): boolean =>
  /^KafkaJS(Connection|RequestTimeout)/.test(nameOf(error)) || codeOf(error) === 'ECONNRESET';
