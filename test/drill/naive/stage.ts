/** The stage of a naive run: the same clusters, topics and clients, and no deployed system. */
import type { World } from '../../support/world/world.ts';
import { startWorld } from '../../support/world/world.ts';
import { Observer } from '../observer.ts';
import type { DrillOptions } from '../drill-options.ts';
import { SHARED_GROUP, drillPair, homeOnlyGroup, partitionsIn } from '../pair.ts';
import { readersOf } from '../readers.ts';
import { clusterOf, createTopics, startAtZero, stopwatch, watchesOf } from '../stage.ts';
import type { BareStage, Say } from '../stage.ts';
import { Workload } from '../workload/workload.ts';

export type NaiveStage = BareStage & { readonly cloud?: undefined };

export async function setNaiveStage(options: DrillOptions, say: Say): Promise<NaiveStage> {
  const { took, timed } = stopwatch();
  const world = await timed(
    'clusters, MirrorMaker 2 with its own group sync',
    startWorld({ name: 'drill', progress: say, emulator: false, mirror: { groupSync: true } }),
  );
  try {
    const config = drillPair(options, { clients: { K1: world.k1.bootstrapServers, K2: world.k2.bootstrapServers } });
    await timed('topics on both clusters', createTopics(world, partitionsIn({})));
    await timed('positions of the groups at home', Promise.all([settleAtHome(world, 'K1'), settleAtHome(world, 'K2')]));
    return {
      world,
      config,
      observer: new Observer(config.pair, [], watchesOf(world, {})),
      workload: new Workload(world, {
        pair: config.pair,
        lagging: options.fail,
        naive: true,
        wide: false,
        aborting: false,
      }),
      kafka: readersOf(world, config),
      form: {},
      home: options.fail,
      took,
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/**
 * Groups that have lived at home for long have a position there. Without it, consumers that start at the end where they have
 * none would skip records of their first seconds, which no real move has to do with.
 */
const settleAtHome = (world: World, alias: 'K1' | 'K2'): Promise<void> =>
  startAtZero(clusterOf(world, alias), [SHARED_GROUP, homeOnlyGroup(alias)], partitionsIn({}));
