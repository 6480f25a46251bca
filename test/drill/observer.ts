/** Watches from outside: routing values as they appear in each region, lag curves read from brokers, logs at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseRouting } from '../../core/contracts/routing.ts';
import { ssmRoutingStore } from '../../lambdas/adapters/ssm/routing-store.ts';
import type { ClusterReader } from '../../lambdas/ports.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import type { PartitionLog, SeenRouting } from './checker/records.ts';

export interface LagPoint {
  readonly atMs: number;
  /** `<cluster> <group> <topic>` -> records between commit and end, where both could be read. */
  readonly lag: Readonly<Record<string, number>>;
}

export interface Watch {
  readonly cluster: KafkaCluster;
  readonly group: string;
  readonly topics: readonly string[];
}

export class Observer {
  readonly seen: SeenRouting[] = [];
  readonly curves: LagPoint[] = [];
  readonly #stores: ReturnType<typeof ssmRoutingStore>;
  readonly #places: readonly { readonly region: string; readonly set: string }[];
  readonly #watches: readonly Watch[];
  #running = true;
  #done: Promise<unknown> = Promise.resolve();

  constructor(
    pair: string,
    places: readonly { readonly region: string; readonly set: string }[],
    watches: readonly Watch[],
  ) {
    this.#stores = ssmRoutingStore(pair);
    this.#places = places;
    this.#watches = watches;
  }

  start(): void {
    this.#done = Promise.all([this.#watchRouting(), this.#watchLag()]);
  }

  async stop(): Promise<void> {
    this.halt();
    await this.#done;
  }

  /** Ends both loops at their next turn, also when the story failed. */
  halt(): void {
    this.#running = false;
  }

  async #watchRouting(): Promise<void> {
    const last = new Map<string, string>();
    while (this.#running) {
      for (const { region, set } of this.#places) {
        const reading = await this.#stores.read(region, set);
        if (reading.kind !== 'present' || last.get(`${region} ${set}`) === reading.text) continue;
        last.set(`${region} ${set}`, reading.text);
        const parsed = parseRouting(reading.text);
        if (parsed.kind !== 'valid') continue;
        const { epoch, revision, phase, producers, consumers } = parsed.routing;
        this.seen.push({
          set,
          region,
          epoch,
          revision,
          phase,
          producers: { cluster: producers.cluster, state: producers.state },
          consumers: { cluster: consumers.cluster, read: consumers.read },
          atMs: Date.now(),
        });
      }
      await delay(300);
    }
  }

  async #watchLag(): Promise<void> {
    while (this.#running) {
      const lag: Record<string, number> = {};
      for (const watch of this.#watches) {
        if (!watch.cluster.isRunning()) continue;
        await measure(watch, lag).catch(() => undefined);
      }
      this.curves.push({ atMs: Date.now(), lag });
      await delay(1_000);
    }
  }
}

async function measure({ cluster, group, topics }: Watch, lag: Record<string, number>): Promise<void> {
  await cluster.admin(async (admin) => {
    const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
    for (const { topic, partitions } of committed) {
      const ends = await admin.fetchTopicOffsets(topic);
      lag[`${cluster.alias} ${group} ${topic}`] = ends.reduce((sum, { partition, high }) => {
        const at = Number(partitions.find((p) => p.partition === partition)?.offset ?? -1);
        return sum + (at < 0 ? 0 : Math.max(0, Number(high) - at));
      }, 0);
    }
  });
}

export async function endsOf(cluster: KafkaCluster, topics: readonly string[]): Promise<Map<string, bigint>> {
  return cluster.admin(async (admin) => {
    const ends = new Map<string, bigint>();
    for (const topic of topics)
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        ends.set(`${topic}-${partition}`, BigInt(high));
    return ends;
  });
}

export async function committedOf(
  cluster: KafkaCluster,
  group: string,
  topics: readonly string[],
): Promise<Map<string, bigint>> {
  return cluster.admin(async (admin) => {
    const answer = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
    return new Map(
      answer.flatMap(({ topic, partitions }) =>
        partitions
          .filter((p) => !p.offset.startsWith('-'))
          .map((p) => [`${topic}-${p.partition}`, BigInt(p.offset)] as const),
      ),
    );
  });
}

/** Every committed record that the topics of a cluster hold: offsets and identities, straight from the brokers. */
export async function readLogs(
  alias: string,
  reader: Pick<ClusterReader, 'ends' | 'readLog'>,
  topics: readonly string[],
): Promise<readonly PartitionLog[]> {
  const logs: PartitionLog[] = [];
  for (const [topic, partitions] of await reader.ends(topics))
    for (const partition of partitions.keys()) {
      const records = await reader.readLog(topic, partition, 'start', { committedOnly: true });
      logs.push({
        cluster: alias,
        topic,
        partition,
        records: records.map(({ offset, value }) => ({ offset, id: String(value) })), // producers write the identity
      });
    }
  return logs;
}
