/** `npm run lab`: the drill's stage with clients at work, kept until Ctrl-C, and a list of ways to talk to it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { placedSet } from '../../core/config/pair.ts';
import { HUNG_MS, waitFor } from '../support/world/conditions.ts';
import { kafkaLibs, repositoryRoot } from '../support/world/paths.ts';
import { WorldBusy } from '../support/world/world.ts';
import { LAB_HELP, environmentFile, labText, readLabCommand } from './lab-text.ts';
import type { LabFacts } from './lab-text.ts';
import { LAB_OPTIONS_HELP, readLabOptions } from './lab-options.ts';
import type { LabOptions } from './lab-options.ts';
import { BadOption } from './typed.ts';
import { REGIONS, SHARED_GROUP, TOPICS, setOf } from './pair.ts';
import { Progress } from './report/progress.ts';
import { clusterOf, setTheStage } from './stage.ts';
import type { Stage } from './stage.ts';

/** Ctrl-C is how a lab is meant to end: whatever fails because everything ends is no news. */
const end = { isBegun: false };
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.prependListener(signal, () => (end.isBegun = true));

const { say } = new Progress(process.stdout, { live: false });

async function lab(options: LabOptions): Promise<void> {
  say('two Kafka clusters, MirrorMaker 2 both ways, the AWS emulator and the deployed system: about a minute');
  const stage = await setTheStage({ ...options, fail: 'K1' }, say, { world: { untilStopped: true } });
  try {
    stage.observer.start();
    const published = async () => (stage.observer.seen.length >= Object.keys(REGIONS).length * 2 ? true : undefined);
    await waitFor('the first routing values are published', published, { timeoutMs: HUNG_MS, everyMs: 300 });
    stage.workload.start();
    stage.workload.set({ producing: true, speed: 'fast' });
    console.log(labText({ ...factsOf(stage), ...options }));
    tellChanges(stage);
    await listen(stage);
  } catch (error) {
    if (end.isBegun) return;
    console.error(`FAILED: ${error instanceof Error ? error.message : String(error)}\nLogs: ${stage.world.folder}`);
    process.exitCode = 1;
    stage.observer.halt();
    await stage.world.stop();
  }
}

function factsOf({ world, config }: Stage): Omit<LabFacts, 'trigger' | 'policy'> {
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
    if (end.isBegun) return;
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
    obey(stage, command).catch((error: unknown) => {
      if (!end.isBegun) say(error instanceof Error ? error.message : String(error));
    });
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
  const options = readLabOptions(process.argv.slice(2));
  if (options.help) console.log(LAB_OPTIONS_HELP);
  else await lab(options);
} catch (error) {
  if (!end.isBegun) {
    console.error(error instanceof BadOption || error instanceof WorldBusy ? error.message : error);
    process.exitCode = 2;
  }
}
