import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUNG_MS, waitFor } from './conditions.ts';
import { java, kafkaMain, properties } from './jvm.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { OwnedProcess, ProcessOwner } from './processes.ts';

export interface MirrorOptions {
  readonly owner: ProcessOwner;
  readonly source: KafkaCluster;
  readonly target: KafkaCluster;
  readonly folder: string;
  /** MirrorMaker 2's own `sync.group.offsets.enabled`; false unless told, since this project writes the positions. */
  readonly groupSync?: boolean;
  /** Exactly-once sources: transactions on the target, read_committed on the source. False unless told. */
  readonly exactlyOnce?: boolean;
  /** `consumer.isolation.level` at both sources; with `exactlyOnce` read_committed in any case. */
  readonly isolationLevel?: 'read_committed';
  /** `replication.policy.separator`; a dot unless told. */
  readonly separator?: string;
  /** The clusters' relation that MirrorMaker 2 uses; their plain listeners unless told. */
  readonly relation?: string;
  /** More lines of the properties file, or other values for those below. */
  readonly settings?: Readonly<Record<string, string>>;
}

type TargetState = 'PAUSED' | 'STARTED';

/**
 * The flow `source->target` of MirrorMaker 2 in dedicated mode. Each flow is a process of its own: one process for both
 * flows ends when it is started while one cluster is down, and would take the living flow with it.
 */
export class MirrorFlow {
  /** Such as `K1->K2`. */
  readonly name: string;
  readonly #options: MirrorOptions;
  readonly #config: string;
  readonly #log: string;
  #process: OwnedProcess;

  private constructor(options: MirrorOptions) {
    const { source, target, folder } = options;
    this.name = `${source.alias}->${target.alias}`;
    this.#options = options;
    mkdirSync(folder, { recursive: true });
    this.#config = join(folder, `mm2-${source.alias}-to-${target.alias}.properties`);
    this.#log = join(folder, `mm2-${source.alias}-to-${target.alias}.log`);
    writeFileSync(this.#config, properties({ ...mirrorSettings(options), ...options.settings }));
    this.#process = this.#spawn();
  }

  /** Spawns the process and returns at once; see `flows`. */
  static spawn(options: MirrorOptions): MirrorFlow {
    return new MirrorFlow(options);
  }

  /**
   * Resolves when this flow is seen to replicate from end to end: the other flow's heartbeats, written to the source,
   * arrive at the target. Needs the other flow to run.
   */
  async flows(): Promise<void> {
    const { source, target, separator = '.' } = this.#options;
    const topic = `${source.alias}${separator}heartbeats`;
    await waitFor(
      `${this.name} replicates (${topic} arrives at ${target.alias})`,
      async () => {
        const ends = await target.admin((admin) => admin.fetchTopicOffsets(topic));
        return ends.some(({ high }) => BigInt(high) > 0n) ? true : undefined;
      },
      { timeoutMs: HUNG_MS, everyMs: 200, hopeless: () => this.#process.ended() },
    );
  }

  /**
   * Holds the flow back while its heartbeats and checkpoints go on: a tail of known size grows at the source. Done by the
   * record that Connect's own REST call would write; resolves when the tasks have followed (about 1 s).
   */
  pauseFlow(): Promise<void> {
    return this.#setTargetState('PAUSED');
  }

  resumeFlow(): Promise<void> {
    return this.#setTargetState('STARTED');
  }

  get process(): OwnedProcess {
    return this.#process;
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Starts the process again after `kill`; follow with `flows`. */
  restart(): void {
    if (this.#process.ended() !== undefined) this.#process = this.#spawn();
  }

  async #setTargetState(state: TargetState): Promise<void> {
    const { source, target } = this.#options;
    const producer = target.kafka().producer();
    await producer.connect();
    try {
      const message = {
        key: 'target-state-MirrorSourceConnector',
        value: JSON.stringify({ state: state, 'state.v2': state }),
      };
      await producer.send({ topic: `mm2-configs.${source.alias}.internal`, messages: [message], acks: -1 });
    } finally {
      await producer.disconnect();
    }
    await this.#tasksAre(state === 'PAUSED' ? 'PAUSED' : 'RUNNING');
  }

  /**
   * The worker tells each task's state in its status topic. Its log says "PAUSED" up to a second earlier, while the
   * task's last poll still copies what comes.
   */
  async #tasksAre(state: 'PAUSED' | 'RUNNING'): Promise<void> {
    const { source, target } = this.#options;
    const groupId = `world-status-${source.alias}-${randomUUID()}`;
    const consumer = target.kafka().consumer({ groupId, maxWaitTimeInMs: 200 });
    const seen = new Map<string, string>();
    await consumer.connect();
    try {
      await consumer.subscribe({ topic: `mm2-status.${source.alias}.internal`, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          const key = message.key?.toString() ?? '';
          if (key.startsWith('status-task-MirrorSourceConnector-')) seen.set(key, message.value?.toString() ?? '');
        },
      });
      const all = async (): Promise<true | undefined> =>
        seen.size > 0 && [...seen.values()].every((value) => value.includes(`"state":"${state}"`)) ? true : undefined;
      await waitFor(`${this.name} is ${state}`, all, {
        timeoutMs: HUNG_MS,
        everyMs: 50,
        hopeless: () => this.#process.ended(),
      });
    } finally {
      await consumer.disconnect();
      await target.admin((admin) => admin.deleteGroups([groupId])).catch(() => undefined);
    }
  }

  #spawn(): OwnedProcess {
    return this.#options.owner.spawn({
      name: `MirrorMaker 2 ${this.name}`,
      command: java,
      args: kafkaMain(
        'org.apache.kafka.connect.mirror.MirrorMaker',
        [this.#config, '--clusters', this.#options.target.alias],
        320,
      ),
      log: this.#log,
      graceMs: 500, // what it holds is thrown away, and with its clusters gone it would take long to end
    });
  }
}

/** The same file serves both flows: each process runs only those into its `--clusters`. */
function mirrorSettings({
  source,
  target,
  groupSync = false,
  exactlyOnce = false,
  isolationLevel = exactlyOnce ? 'read_committed' : undefined,
  separator,
  relation,
}: MirrorOptions): Record<string, string | number | boolean> {
  const clusters = [source, target];
  const replicas = Math.min(source.replicas, target.replicas);
  const serversOf = (cluster: KafkaCluster): string =>
    (relation === undefined ? cluster.bootstrapServers : cluster.relation(relation).servers).join(',');
  const forEach = (make: (alias: string) => Record<string, string | number | boolean>) =>
    Object.assign({}, ...clusters.map(({ alias }) => make(alias))) as Record<string, string | number | boolean>;
  return {
    clusters: `${source.alias},${target.alias}`,
    [`${source.alias}.bootstrap.servers`]: serversOf(source),
    [`${target.alias}.bootstrap.servers`]: serversOf(target),
    [`${source.alias}->${target.alias}.enabled`]: true,
    [`${target.alias}->${source.alias}.enabled`]: true,
    topics: '.*',
    groups: '.*',
    'tasks.max': 1,
    'offset-syncs.topic.location': 'target',
    ...(separator === undefined ? {} : { 'replication.policy.separator': separator }),
    'sync.group.offsets.enabled': groupSync,
    'sync.group.offsets.interval.seconds': 1,
    'sync.topic.acls.enabled': false,
    'refresh.topics.interval.seconds': 1,
    'refresh.groups.interval.seconds': 1,
    'emit.checkpoints.interval.seconds': 1,
    'emit.heartbeats.interval.seconds': 1,
    'replication.factor': replicas,
    'heartbeats.topic.replication.factor': replicas,
    'checkpoints.topic.replication.factor': replicas,
    'offset-syncs.topic.replication.factor': replicas,
    'offset.storage.replication.factor': replicas,
    'config.storage.replication.factor': replicas,
    'status.storage.replication.factor': replicas,
    'offset.storage.partitions': 1,
    'status.storage.partitions': 1,
    // Without these the first remote topic takes 10 s and the process 525 MB instead of 2 s and 110 MB.
    'plugin.discovery': 'service_load',
    ...forEach((alias) => ({ [`${alias}.plugin.discovery`]: 'service_load' })),
    // Worker settings are obeyed only under the prefix of the flow's target; at top level they are silently ignored.
    ...forEach((alias) => ({
      [`${alias}.offset.flush.interval.ms`]: 1000,
      [`${alias}.scheduled.rebalance.max.delay.ms`]: 0,
    })),
    ...(exactlyOnce ? forEach((alias) => ({ [`${alias}.exactly.once.source.support`]: 'enabled' })) : {}),
    ...(isolationLevel === undefined
      ? {}
      : forEach((alias) => ({ [`${alias}.consumer.isolation.level`]: isolationLevel }))),
  };
}
