/** `npm run lab`: the drill's stage with clients at work, kept until Ctrl-C, and a list of ways to talk to it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { placedSet } from '../../core/config/pair.ts';
import { waitFor } from '../support/world/conditions.ts';
import { kafkaLibs, repositoryRoot } from '../support/world/paths.ts';
import { WorldBusy } from '../support/world/world.ts';
import { LAB_HELP, environmentFile, labText, readLabCommand } from './lab-text.ts';
import type { LabFacts } from './lab-text.ts';
import { BadOption, readOptions } from './options.ts';
import type { DrillOptions } from './drill-options.ts';
import { REGIONS, SHARED_GROUP, TOPICS, setOf } from './pair.ts';
import { Progress } from './report/progress.ts';
import { clusterOf, setTheStage } from './stage.ts';
import type { Stage } from './stage.ts';

const HELP = `npm run lab -- [options]

  --trigger automatic|manual         automatic (default): clients move by themselves; manual: a confirmed outage asks for approval
  --policy availability|per-key      what producers do while consumers finish (default availability)
`;

const { say } = new Progress(process.stdout, { live: false });

async function lab(options: DrillOptions): Promise<void> {
  say('two Kafka clusters, MirrorMaker 2 both ways, the AWS emulator and the deployed system: about a minute');
  const stage = await setTheStage(options, say);
  try {
    stage.observer.start();
    const published = async () => (stage.observer.seen.length >= Object.keys(REGIONS).length * 2 ? true : undefined);
    await waitFor('the first routing values are published', published, { timeoutMs: 60_000, everyMs: 300 });
    stage.workload.start();
    stage.workload.set({ producing: true, speed: 'fast' });
    console.log(labText(factsOf(stage)));
    tellChanges(stage);
    await listen(stage);
  } catch (error) {
    console.error(`FAILED: ${error instanceof Error ? error.message : String(error)}\nLogs: ${stage.world.folder}`);
    process.exitCode = 1;
    stage.observer.halt();
    await stage.world.stop();
  }
}

function factsOf({ world, config }: Stage): LabFacts {
  const environment = join(world.folder, 'lab.env');
  const pairFile = join(world.folder, 'pair.yaml');
  writeFileSync(environment, environmentFile({ ...world.emulator.environment(REGIONS.K2), MM2F_CONFIG: pairFile }));
  const clusters = (['K1', 'K2'] as const).map((alias) => ({
    alias,
    region: REGIONS[alias],
    servers: clusterOf(world, alias).bootstrapServers.join(','),
    pids: clusterOf(world, alias).processes.map(({ pid }) => pid),
    clientSet: setOf(alias),
    controlRegion: placedSet(config, setOf(alias))!.controlRegion,
  }));
  return {
    root: repositoryRoot,
    folder: world.folder,
    environmentFile: environment,
    config: pairFile,
    endpoint: world.emulator.endpoint,
    functionLogs: world.emulator.functionLogs,
    kafkaLibs,
    pair: config.pair,
    clusters,
    group: SHARED_GROUP,
    topic: TOPICS[0],
  };
}

/** Each routing value as it appears, and each cluster that goes or comes: what a person looks at the lab for. */
function tellChanges({ world, observer, workload }: Stage): void {
  const told = new Set(observer.seen.map(({ set, revision }) => `${set} ${revision}`));
  const up = new Map([world.k1, world.k2].map((cluster) => [cluster, true]));
  let complained = false;
  setInterval(() => {
    for (const [cluster, was] of up) {
      if (cluster.isRunning() === was) continue;
      up.set(cluster, !was);
      say(
        was
          ? `${cluster.alias} is down`
          : `${cluster.alias} runs, pid ${cluster.processes.map(({ pid }) => pid).join(' ')}`,
      );
    }
    for (const value of observer.seen) {
      const key = `${value.set} ${value.revision}`;
      if (told.has(key)) continue;
      told.add(key);
      say(
        `${value.set}: "${value.phase}", revision ${value.revision}: producers ${value.producers.cluster} ${value.producers.state}, consumers ${value.consumers.cluster} ${value.consumers.read}`,
      );
    }
    const problem = workload.problem();
    if (problem !== undefined && !complained) say(problem);
    complained ||= problem !== undefined;
  }, 500).unref();
}

/** Until the end of this process; without a terminal only signals end it. */
async function listen(stage: Stage): Promise<never> {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const command = readLabCommand(line);
    obey(stage, command).catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
  });
  return new Promise<never>(() => undefined);
}

async function obey({ world, workload }: Stage, command: ReturnType<typeof readLabCommand>): Promise<void> {
  switch (command.kind) {
    case 'kill':
      await clusterOf(world, command.cluster).kill();
      break;
    case 'start':
      await clusterOf(world, command.cluster).restart();
      break;
    case 'pause':
      await world.flow(command.flow).pauseFlow();
      say(`${command.flow} is held back`);
      break;
    case 'resume':
      await world.flow(command.flow).resumeFlow();
      say(`${command.flow} goes on`);
      break;
    case 'slow':
    case 'fast':
      workload.set({ speed: command.kind });
      break;
    case 'burst':
      workload.burst();
      break;
    case 'help':
      console.log(LAB_HELP.join('\n'));
      break;
    case 'unknown':
      say(command.sentence);
      break;
    case 'nothing':
  }
}

try {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  const given = args.filter((arg) => arg.startsWith('--')).map((arg) => arg.split('=')[0]);
  const foreign = given.find((name) => name !== '--trigger' && name !== '--policy');
  if (options.help) console.log(HELP);
  else if (foreign !== undefined) throw new BadOption(`the lab has no ${foreign}\n\n${HELP}`);
  else await lab(options);
} catch (error) {
  console.error(error instanceof BadOption || error instanceof WorldBusy ? error.message : error);
  process.exitCode = 2;
}
