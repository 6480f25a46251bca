/** The stage of a drill: world, deployed system, workload and observer, set up and taken down. */
import { join } from 'node:path';
import { clusterRegions, names, placedSets, vantages } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { KafkaPorts } from '../../lambdas/adapters/kafka/index.ts';
import { bundleFunctions } from '../../tools/bundle.ts';
import { bootstrap, deploy } from '../support/world/deploy.ts';
import { startWorld } from '../support/world/world.ts';
import type { World, WorldOptions } from '../support/world/world.ts';
import { Cloud } from './cloud.ts';
import { Observer } from './observer.ts';
import type { Watch } from './observer.ts';
import type { DrillOptions } from './drill-options.ts';
import { JavaApplications } from './java/applications.ts';
import { RestartHook } from './java/restart-hook.ts';
import { JAVA_GROUP, TOPICS, abortsIn, drillPair, groupsOf, partitionsIn, writePair } from './pair.ts';
import type { Form, Listeners, PairInput } from './pair.ts';
import { readersOf } from './readers.ts';
import { Workload, controlFileOf, folderOf, slowMsOf } from './workload/workload.ts';

export interface Stage {
  readonly world: World;
  readonly config: PairConfig;
  readonly cloud: Cloud;
  readonly observer: Observer;
  readonly workload: Workload;
  /** Reads what the clusters hold, as the deployed functions do. */
  readonly kafka: KafkaPorts;
  readonly form: Form;
  /** The cluster whose clients are moved. */
  readonly home: 'K1' | 'K2';
  /** Seconds each part took, in order. */
  readonly took: readonly (readonly [string, number])[];
}

/** What a naive run has: nothing is deployed. */
export type BareStage = Omit<Stage, 'cloud'>;

export type Say = (line: string) => void;

/** Notes how many seconds each part took, in the order in which they were done. */
export function stopwatch() {
  const took: [string, number][] = [];
  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const begun = performance.now();
    const value = await work;
    took.push([what, (performance.now() - begun) / 1000]);
    return value;
  };
  return { took, timed };
}

/** What a world has differently from the story's; everything may be left out. */
export interface Setup {
  /** Brokers, listeners and MirrorMaker 2. With the relation `PROBER` our functions go that way, with `CLIENT` the clients. */
  readonly world?: Pick<
    WorldOptions,
    'brokers' | 'brokerSettings' | 'relations' | 'listeners' | 'mirror' | 'untilStopped'
  >;
  /** Changes the pair's configuration; the world runs already, so its ports are known. */
  readonly config?: (plain: PairInput, world: World) => object;
  /** Beside the others that side has clients that never follow anything. */
  readonly deaf?: 'K1' | 'K2';
  /** Done first of all, such as secrets that the configuration names. */
  readonly prepare?: (world: World) => Promise<void>;
}

/** From nothing to a deployed system with clusters that mirror each other; nobody produces yet. */
export async function setTheStage(
  options: Pick<DrillOptions, 'trigger' | 'policy' | 'fail'> & Form,
  say: Say,
  setup: Setup = {},
): Promise<Stage> {
  const { took, timed } = stopwatch();
  const bundling = timed('bundle the functions', bundleFunctions());
  const world = await timed(
    'clusters, MirrorMaker 2, emulator',
    startWorld({
      name: 'drill',
      progress: say,
      ...(options.exactlyOnce && { mirror: { exactlyOnce: true } }),
      ...setup.world,
    }),
  );
  try {
    Object.assign(process.env, world.emulator.environment('eu-central-1'));
    await setup.prepare?.(world);
    const config = drillPair(
      options,
      listenersOf(world, setup.world?.relations),
      (plain) => setup.config?.(plain, world) ?? plain,
    );
    const file = join(world.folder, 'pair.yaml');
    writePair(config, file);
    const topics = timed('topics on both clusters', createTopics(world, partitionsIn(options)));
    const hook = options.wide
      ? await timed('restart hook', RestartHook.open(world, clusterRegions(config)))
      : undefined;
    await timed('cdk bootstrap', bootstrap({ world, regions: vantages(config) }));
    await bundling;
    await timed('cdk deploy, three regions', deploy({ world, region: 'eu-central-1', config: file, progress: say }));
    await topics;
    const cloud = new Cloud(config);
    const workload = new Workload(world, {
      pair: config.pair,
      lagging: options.fail,
      naive: false,
      wide: options.wide ?? false,
      deaf: setup.deaf,
      aborting: abortsIn(options),
    });
    if (hook !== undefined)
      workload.join(await timed('Java applications', prepareJava(world, config, hook, options.fail)));
    await timed('first run of the scheduled functions', wakeUp(cloud, config));
    return {
      world,
      config,
      cloud,
      observer: observerOf(world, config, options),
      workload,
      kafka: readersOf(world, config),
      form: options,
      home: options.fail,
      took,
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

function listenersOf({ k1, k2 }: World, relations: readonly string[] = []): Listeners {
  const by = (name: string) => ({ K1: k1.relation(name).servers, K2: k2.relation(name).servers });
  return {
    clients: relations.includes('CLIENT') ? by('CLIENT') : { K1: k1.bootstrapServers, K2: k2.bootstrapServers },
    ...(relations.includes('PROBER') ? { controllers: by('PROBER') } : {}),
  };
}

export async function createTopics({ k1, k2 }: Pick<World, 'k1' | 'k2'>, partitions: number): Promise<void> {
  await Promise.all([k1, k2].map((cluster) => createTopicsOn(cluster, partitions)));
}

/** The canary topic has a partition for each broker to lead. */
export function createTopicsOn(cluster: World['k1'], numPartitions: number): Promise<void> {
  const { replicas: replicationFactor } = cluster;
  return cluster.createTopics([
    ...TOPICS.map((topic) => ({ topic, numPartitions, replicationFactor })),
    { topic: names.canaryTopic, numPartitions: cluster.bootstrapServers.length, replicationFactor },
  ]);
}

/** The schedule fires a minute after the deploy; a drill does not wait for it. */
export async function wakeUp(cloud: Cloud, config: PairConfig): Promise<void> {
  const everywhere = vantages(config).map((region) => cloud.invoke(region, 'probe-clusters', {}, { wait: false }));
  const controllers = clusterRegions(config).flatMap((region) =>
    ['probe-replication', 'seed-positions', 'assess', 'reconcile'].map((name) =>
      cloud.invoke(region, name, {}, { wait: false }),
    ),
  );
  await Promise.all([...everywhere, ...controllers]);
}

function observerOf(world: World, config: PairConfig, form: Form): Observer {
  const places = placedSets(config).flatMap((placed) =>
    placed.clientRegions.map((region) => ({ region, set: placed.name })),
  );
  return new Observer(config.pair, places, watchesOf(world, form));
}

export function watchesOf(world: World, form: Form): readonly Watch[] {
  const ids = new Set(['K1', 'K2'].flatMap((home) => groupsOf(home, form).map(({ id }) => id)));
  const watch = (cluster: World['k1'], other: string) =>
    [...ids].map((group) => ({ cluster, group, topics: [...TOPICS, ...TOPICS.map((t) => `${other}.${t}`)] }));
  return [...watch(world.k1, 'K2'), ...watch(world.k2, 'K1')];
}

/** The Java group has lived at home for long: it starts nowhere without a position. */
async function prepareJava(world: World, config: PairConfig, hook: RestartHook, lagging: 'K1' | 'K2') {
  await Promise.all(
    [world.k1, world.k2].map((cluster) => startAtZero(cluster, [JAVA_GROUP], partitionsIn({ wide: true }))),
  );
  return JavaApplications.prepare({
    world,
    config,
    hook,
    folder: folderOf(world),
    slowMs: { K1: slowMsOf('K1', { lagging, wide: true }), K2: slowMsOf('K2', { lagging, wide: true }) },
    controlOf: (set) => controlFileOf(world, set),
  });
}

/** Commits position 0 of every partition for groups that nobody is in. */
export async function startAtZero(cluster: World['k1'], groups: readonly string[], count: number): Promise<void> {
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition, offset: '0' }));
  const producer = cluster
    .kafka()
    .producer({ transactionalId: `first-positions-${cluster.alias}`, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    for (const consumerGroupId of groups)
      await transaction.sendOffsets({ consumerGroupId, topics: TOPICS.map((topic) => ({ topic, partitions })) });
    await transaction.commit();
  } finally {
    await producer.disconnect();
  }
}

export const clusterOf = (world: World, alias: string): World['k1'] => (alias === 'K1' ? world.k1 : world.k2);
export const otherOf = (alias: 'K1' | 'K2'): 'K1' | 'K2' => (alias === 'K1' ? 'K2' : 'K1');
