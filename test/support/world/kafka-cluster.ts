import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel, type Admin, type ITopicConfig } from 'kafkajs';
import { HUNG_MS, waitFor } from './conditions.ts';
import { java, kafkaMain, properties, withClasses } from './jvm.ts';
import { freePorts } from './ports.ts';
import type { OwnedProcess, ProcessOwner } from './processes.ts';
import { TcpProxy } from './proxy.ts';
import type { Relation } from './proxy.ts';

export interface ClusterOptions {
  readonly owner: ProcessOwner;
  /** Such as `K1`. */
  readonly alias: string;
  /** Logs stay here; the data in it is removed at the end. */
  readonly folder: string;
  /** 1 unless told. Each is a controller too. */
  readonly brokers?: number;
  /** More broker settings, or other values for those below; a function where they depend on the ports. */
  readonly settings?: Readonly<Record<string, string>> | ((place: BrokerPlace) => Readonly<Record<string, string>>);
  /** A folder of classes that the settings name. */
  readonly classes?: string;
  /** Kinds of clients, such as `MIRROR`, that get a listener of their own behind a proxy which can be cut. */
  readonly relations?: readonly string[];
  /** By relation; one that is not named here is plain and advertised by address. */
  readonly listeners?: Listeners;
}

export type Listeners = Readonly<Record<string, Listener>>;

/** How a relation's listener shows itself to its clients. */
export interface Listener {
  /** What brokers advertise instead of 127.0.0.1; whoever uses it needs a resolver that knows it. */
  readonly host?: (alias: string) => string;
  /** PLAINTEXT unless told; what another one needs besides is among the broker settings. */
  readonly protocol?: 'SASL_SSL' | 'SSL';
}

const replicasOf = (brokers: number): number => Math.min(3, brokers);

interface Broker {
  readonly id: number;
  readonly port: number;
  readonly config: string;
  readonly data: string;
  readonly log: string;
  readonly links: readonly Link[];
  process: OwnedProcess | undefined;
}

/** A listener behind a proxy: clients know the proxy's port alone. */
interface Link {
  readonly relation: string;
  readonly port: number;
  readonly proxyPort: number;
  readonly host: string;
  readonly protocol: string;
}

/** Kafka's form of a uuid. A leading "-" would be taken for an option by the storage tool, so it is replaced. */
export const clusterIdFrom = (uuid: string): string =>
  Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A');

/** A real Kafka cluster (KRaft) on loopback. Its ports and its log survive `kill` and `restart`. */
export class KafkaCluster {
  readonly alias: string;
  /** Such as `127.0.0.1:21034`, one per broker. */
  readonly bootstrapServers: readonly string[];
  readonly #options: ClusterOptions;
  readonly #owner: ProcessOwner;
  readonly #brokers: readonly Broker[];
  readonly #relations: ReadonlyMap<string, Relation>;

  private constructor(options: ClusterOptions, brokers: readonly Broker[], relations: ReadonlyMap<string, Relation>) {
    this.alias = options.alias;
    this.#options = options;
    this.#relations = relations;
    this.#owner = options.owner;
    this.#brokers = brokers;
    this.bootstrapServers = brokers.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Formats, starts and waits until every broker serves. About 3 s. */
  static async start(options: ClusterOptions): Promise<KafkaCluster> {
    options.owner.removeAtEnd(join(options.folder, 'data'));
    const count = options.brokers ?? 1;
    const ports = await freePorts(2 * count);
    const voters = Array.from({ length: count }, (_, i) => `${i + 1}@127.0.0.1:${ports[count + i]!}`).join(',');
    const clusterId = clusterIdFrom(randomUUID());
    const brokers = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const links = await linksTo(options);
        const broker = writeBroker(options, links, {
          id: i + 1,
          port: ports[i]!,
          controllerPort: ports[count + i]!,
          voters,
          count,
        });
        await format(options, broker, clusterId);
        return broker;
      }),
    );
    const cluster = new KafkaCluster(options, brokers, await openRelations(options, brokers));
    await cluster.restart();
    return cluster;
  }

  /** Throws when the cluster was started without it. */
  relation(name: string): Relation {
    const relation = this.#relations.get(name);
    if (relation === undefined)
      throw new Error(
        `${this.alias} has no relation "${name}"; it has ${[...this.#relations.keys()].join(', ') || 'none'}`,
      );
    return relation;
  }

  /** A kafkajs client that gives up soon and logs nothing; make your own for anything else. */
  kafka(clientId = 'world', brokers: readonly string[] = this.bootstrapServers): Kafka {
    return new Kafka({
      clientId,
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 5_000,
      retry: { retries: 3, initialRetryTime: 100 },
    });
  }

  /** Runs `action` with a connected admin client and disconnects it. */
  async admin<T>(action: (admin: Admin) => Promise<T>, brokers = this.bootstrapServers): Promise<T> {
    const admin = this.kafka('world', brokers).admin();
    await admin.connect();
    try {
      return await action(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** As many copies as the cluster can keep, three at the most. */
  get replicas(): number {
    return replicasOf(this.#brokers.length);
  }

  /** Creates topics and waits until each partition has a leader. */
  async createTopics(topics: readonly ITopicConfig[]): Promise<void> {
    await this.admin((admin) => admin.createTopics({ topics: [...topics], waitForLeaders: true }));
  }

  /** SIGKILL to every broker at once, as a power cut would. The log stays. */
  async kill(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()));
  }

  async killBroker(id: number): Promise<void> {
    await this.#broker(id).process?.kill();
  }

  async stopBroker(id: number): Promise<void> {
    await this.#broker(id).process?.stop(10_000);
  }

  /** An orderly end (SIGTERM) of every broker. The log stays. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop(10_000)));
  }

  /** Starts every broker that does not run, on its old port with its old log, and waits until the cluster serves. */
  async restart(): Promise<void> {
    for (const broker of this.#brokers) this.#spawn(broker);
    await this.#serves();
  }

  /** As after a loss of everything: SIGKILL, no data, another cluster id, no topics. Ports and listeners stay. */
  async rebuild(): Promise<void> {
    await this.kill();
    const clusterId = clusterIdFrom(randomUUID());
    await Promise.all(
      this.#brokers.map(async (broker) => {
        rmSync(broker.data, { recursive: true, force: true });
        mkdirSync(broker.data, { recursive: true });
        await format(this.#options, broker, clusterId);
      }),
    );
    await this.restart();
  }

  async startBroker(id: number): Promise<void> {
    this.#spawn(this.#broker(id));
    await this.#serves();
  }

  isRunning(): boolean {
    return this.#brokers.every(({ process }) => process !== undefined && process.ended() === undefined);
  }

  /** For faults of other kinds, such as SIGSTOP. */
  get processes(): readonly OwnedProcess[] {
    return this.#brokers.flatMap(({ process }) => process ?? []);
  }

  #broker(id: number): Broker {
    const broker = this.#brokers.find((candidate) => candidate.id === id);
    if (broker === undefined) throw new Error(`${this.alias} has no broker ${id}; it has 1 to ${this.#brokers.length}`);
    return broker;
  }

  #spawn(broker: Broker): void {
    if (broker.process !== undefined && broker.process.ended() === undefined) return;
    const { classes } = this.#options;
    const args = kafkaMain('kafka.Kafka', [broker.config], 320);
    broker.process = this.#owner.spawn({
      name: `${this.alias} broker ${broker.id}`,
      command: java,
      args: classes === undefined ? args : withClasses(args, classes),
      log: broker.log,
      graceMs: 500, // at the end of a world its data is removed anyway; `stop` gives it longer
    });
  }

  /** Each running broker is asked itself: the others still list a killed one for the time of its session. */
  async #serves(): Promise<void> {
    const running = this.#brokers.filter(({ process }) => process?.ended() === undefined);
    const asked = async ({ port }: Broker): Promise<boolean> => {
      const seen = await this.admin((admin) => admin.describeCluster(), [`127.0.0.1:${port}`]);
      return seen.brokers.length >= running.length && seen.controller !== null;
    };
    await waitFor(
      `${this.alias} serves`,
      async () => ((await Promise.all(running.map(asked))).every(Boolean) ? true : undefined),
      { timeoutMs: HUNG_MS, hopeless: () => running.map(({ process }) => process?.ended()).find(Boolean) },
    );
  }
}

export interface BrokerPlace {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly voters: string;
  readonly count: number;
}

async function linksTo({ alias, relations = [], listeners = {} }: ClusterOptions): Promise<readonly Link[]> {
  const ports = await freePorts(2 * relations.length);
  return relations.map((relation, i) => ({
    relation,
    port: ports[2 * i]!,
    proxyPort: ports[2 * i + 1]!,
    host: listeners[relation]?.host?.(alias) ?? '127.0.0.1',
    protocol: listeners[relation]?.protocol ?? 'PLAINTEXT',
  }));
}

async function openRelations(
  options: ClusterOptions,
  brokers: readonly Broker[],
): Promise<ReadonlyMap<string, Relation>> {
  const opened = new Map<string, Relation>();
  for (const name of options.relations ?? []) {
    const links = brokers.flatMap(({ links: all }) => all.filter(({ relation }) => relation === name));
    const proxies = await Promise.all(links.map(({ proxyPort, port }) => TcpProxy.start(proxyPort, port)));
    options.owner.beforeStop(async () => {
      for (const proxy of proxies) proxy.close();
    });
    opened.set(name, {
      servers: links.map(({ host, proxyPort }) => `${host}:${proxyPort}`),
      cut: () => {
        for (const proxy of proxies) proxy.cut();
      },
      heal: () => {
        for (const proxy of proxies) proxy.heal();
      },
    });
  }
  return opened;
}

function writeBroker(options: ClusterOptions, links: readonly Link[], place: BrokerPlace): Broker {
  const data = join(options.folder, 'data', `broker-${place.id}`);
  mkdirSync(data, { recursive: true });
  const config = join(options.folder, `broker-${place.id}.properties`);
  const settings = typeof options.settings === 'function' ? options.settings(place) : options.settings;
  writeFileSync(config, properties({ ...brokerSettings(place, links, data), ...settings }));
  const log = join(options.folder, `broker-${place.id}.log`);
  return { id: place.id, port: place.port, config, data, log, links, process: undefined };
}

function brokerSettings(
  { id, port, controllerPort, voters, count }: BrokerPlace,
  links: readonly Link[],
  data: string,
): Record<string, string | number | boolean> {
  const replicas = replicasOf(count);
  const own = links.map((link) => `,${link.relation}://127.0.0.1:${link.port}`).join('');
  const advertised = links.map((link) => `,${link.relation}://${link.host}:${link.proxyPort}`).join('');
  const protocols = links.map((link) => `,${link.relation}:${link.protocol}`).join('');
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${own}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${advertised}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': Math.min(2, replicas),
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 2,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.min(2, replicas),
    'transaction.state.log.num.partitions': 2,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that comes back after a kill is fenced until its old session ends: 3 s with these, 17 s with the defaults.
    'broker.session.timeout.ms': 1500,
    'broker.heartbeat.interval.ms': 300,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'num.network.threads': 2,
    'num.io.threads': 4,
  };
}

async function format(options: ClusterOptions, broker: Broker, clusterId: string): Promise<void> {
  const args = ['format', '--cluster-id', clusterId, '--config', broker.config];
  const formatting = options.owner.spawn({
    name: `${options.alias} format of broker ${broker.id}`,
    command: java,
    args: kafkaMain('kafka.tools.StorageTool', args, 128),
    log: join(options.folder, `format-${broker.id}.log`),
  });
  await formatting.exit;
  const ended = formatting.ended() ?? '';
  if (!ended.includes('ended with 0')) throw new Error(ended);
}
