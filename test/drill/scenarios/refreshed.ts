/**
 * Home's brokers get other addresses while its clients work. A deploy tells nobody, a refresh does; then the old addresses go,
 * and the clients take a planned trip to the refuge and back.
 */
import { join } from 'node:path';
import { deploy } from '../../support/world/deploy.ts';
import { beginLife, castOf } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { judgePlanned, repeatedWithin } from '../checker/planned.ts';
import type { RunRecord } from '../checker/records.ts';
import { gatherRun } from '../evidence.ts';
import { producedAfter } from '../looks.ts';
import { drillPair, writePair } from '../pair.ts';
import { clusterOf, wakeUp } from '../stage.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { thereAndBack } from './switchover.ts';

const optionsFor = (fail: 'K1' | 'K2') => ({ trigger: 'manual', policy: 'availability', fail }) as const;
/** Clients come by CLIENT until they are told of NEXT; functions and MirrorMaker 2 have ways of their own. */
const setup = { world: { relations: ['PROBER', 'CLIENT', 'NEXT'] } } as const;

export const REFRESHED: OwnScenario = {
  id: 'RF1',
  title:
    "the addresses of K1's brokers change under load: deploy, refresh, the old ones go; then a planned move and home again",
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = optionsFor(home);
    return onStage({ ...options, setup }, say, async (stage) => {
      const cast = castOf(stage, say);
      const startedMs = await beginLife(cast);
      const revision = await moveIn(cast);
      const { round, ...marks } = await thereAndBack(cast, startedMs);
      const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
      const planned = judgePlanned(run, { leftMs: round.killedMs, returnedMs: round.restartedMs });
      return {
        problems: [...brokenPromises(run), ...planned.problems, ...repeatedBefore(run, round.killedMs)],
        seen: [`revision ${revision} brought the new addresses to every client of ${cast.set}`, ...planned.seen],
      };
    });
  },
};

/** Answers the revision that brought the new addresses. */
async function moveIn(cast: Cast): Promise<number> {
  const { stage, set, home, until, say } = cast;
  const { cloud, world, workload } = stage;
  const control = cloud.controlOf(set);
  const before = (await control.readSet(set))!;
  const config = drillPair(optionsFor(home), listenersAfter(cast));
  const file = join(world.folder, 'pair-next.yaml');
  writePair(config, file);
  await deploy({ world, region: 'eu-central-1', config: file, progress: say });
  await wakeUp(cloud, config);
  const next = clusterOf(world, home).relation('NEXT').servers;
  await until('a dry run says what a refresh would change', async () => {
    const { kind, sentence } = await cloud.operate(set, { command: 'refresh', reason: 'drill: asked', dryRun: true });
    return kind === 'done' && sentence.includes('nothing was written') ? true : undefined;
  });
  const untouched = await control.readSet(set);
  if (untouched?.revision !== before.revision)
    throw new Error(`revision ${untouched?.revision} is out, though nobody has refreshed: it was ${before.revision}`);
  say(`deployed: the configuration knows ${next.join(', ')}, clients still follow revision ${before.revision}`);
  await cloud.tell(set, { command: 'refresh', reason: `drill: ${home} has new addresses` });
  const { revision, routing } = (await control.readSet(set))!;
  if (routing?.producers.bootstrapServers.join() !== next.join())
    throw new Error(
      `revision ${revision} has ${routing?.producers.bootstrapServers.join(', ')}, not ${next.join(', ')}`,
    );
  await until('every client of the set has adopted it', () => adoptedBy(cast, revision));
  clusterOf(world, home).relation('CLIENT').cut();
  const cutMs = Date.now();
  say(`revision ${revision} is adopted by every client; the old addresses are cut`);
  await until(`${home} takes and gives out records by the new addresses`, () =>
    producedAfter(stage, set, home, cutMs, 300),
  );
  workload.set({ speed: 'slow' });
  return revision;
}

function listenersAfter({ stage: { world }, home, refuge }: Cast) {
  const servers = (alias: 'K1' | 'K2', relation: string) => clusterOf(world, alias).relation(relation).servers;
  return {
    clients: { [home]: servers(home, 'NEXT'), [refuge]: servers(refuge, 'CLIENT') } as Record<'K1' | 'K2', string[]>,
    controllers: { K1: servers('K1', 'PROBER'), K2: servers('K2', 'PROBER') },
  };
}

/** Everybody who has adopted anything of the set. */
async function adoptedBy({ stage: { workload }, set: moved }: Cast, revision: number): Promise<true | undefined> {
  const ours = workload.read().adopted.filter(({ set }) => set === moved);
  const behind = new Set(ours.map(({ client }) => client));
  for (const { client, revision: adopted } of ours) if (adopted >= revision) behind.delete(client);
  return ours.length > 0 && behind.size === 0 ? true : undefined;
}

/** To take up another address is no reason to process anything twice. */
function repeatedBefore(run: RunRecord, leftMs: number): readonly string[] {
  return run.groups
    .filter(({ movedSet }) => movedSet === run.movedSet)
    .flatMap(({ id }) => {
      const again = repeatedWithin(run, id, 0, leftMs);
      return again.length === 0 ? [] : [`${id} repeated ${again.length} records when addresses changed`];
    });
}
