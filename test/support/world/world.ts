import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '../../../tools/ensure/lock.mjs';
import { Emulator } from './emulator.ts';
import { KafkaCluster, type Listeners } from './kafka-cluster.ts';
import { MirrorFlow } from './mirror-maker.ts';
import { cacheFolder, emulatorPython, kafkaLibs } from './paths.ts';
import { ProcessOwner } from './processes.ts';

export interface WorldOptions {
  /** Part of the run folder's name, such as `drill`. */
  readonly name?: string;
  /** Brokers per cluster; 1 unless told. */
  readonly brokers?: number;
  /** Broker settings of both clusters. */
  readonly brokerSettings?: Readonly<Record<string, string>>;
  /** Kinds of clients whose network can be cut, see KafkaCluster.relation. MirrorMaker 2 uses `MIRROR` where it is among them. */
  readonly relations?: readonly string[];
  /** By relation, where its listener is not plain or not advertised by address. */
  readonly listeners?: Listeners;
  /** `false` starts no MirrorMaker 2. */
  readonly mirror?:
    | false
    | {
        readonly groupSync?: boolean;
        readonly exactlyOnce?: boolean;
        readonly isolationLevel?: 'read_committed';
        readonly separator?: string;
        readonly settings?: Readonly<Record<string, string>>;
      };
  /** `false` starts no emulator. */
  readonly emulator?: boolean;
  /** One line per stage; silent unless told. */
  readonly progress?: (line: string) => void;
  /** Whether signals and uncaught errors of this process end the world; true unless told. */
  readonly endWithThisProcess?: boolean;
  /** Ctrl-C is how this world is meant to end: told as such, with exit code 0. */
  readonly untilStopped?: boolean;
}

export interface World {
  readonly id: string;
  /** Logs of everything, `.cache/runs/<id>`; kept after the end. */
  readonly folder: string;
  readonly k1: KafkaCluster;
  readonly k2: KafkaCluster;
  /** Throws when the world was started without. */
  readonly emulator: Emulator;
  /** `K1->K2` or `K2->K1`. Throws when the world was started without. */
  flow(name: string): MirrorFlow;
  readonly owner: ProcessOwner;
  /** Ends every process, removes data and scratch folders, frees the lock. Safe to call twice. */
  stop(): Promise<void>;
}

/** Run folders that are kept, this one included. */
const keptRuns = 5;

/** Another world runs in this clone. Two would share the two cores and spoil each other's times. */
export class WorldBusy extends Error {}

/**
 * Starts K1, K2, both MirrorMaker 2 flows and the AWS emulator. About 10 s on two cores.
 * @throws WorldBusy; Error with the end of the log of whatever did not start. Nothing is left running then.
 */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  refuseUnlessInstalled(options);
  const release = takeLock(options.name ?? 'world');
  const id = `${new Date().toISOString().replace(/[:.]/g, '-').slice(0, 19)}-${options.name ?? 'world'}-${process.pid}`;
  const folder = join(cacheFolder, 'runs', id);
  mkdirSync(folder, { recursive: true });
  removeOldRuns();
  const owner = new ProcessOwner();
  process.once('exit', release);
  const stop = async (): Promise<void> => {
    await owner.stopAll();
    release();
    process.removeListener('exit', release);
  };
  if (options.endWithThisProcess !== false) {
    const say = (sentence: string): void => console.error(sentence);
    owner.endWithThisProcess(say, { untilStopped: options.untilStopped ?? false });
  }
  try {
    return await startParts(options, { id, folder, owner, stop });
  } catch (problem) {
    await stop();
    throw problem;
  }
}

type Frame = Pick<World, 'id' | 'folder' | 'owner' | 'stop'>;

async function startParts(options: WorldOptions, frame: Frame): Promise<World> {
  const { owner, folder } = frame;
  const stage = stopwatch(options.progress ?? (() => undefined));
  const cluster = (alias: string): Promise<KafkaCluster> =>
    KafkaCluster.start({
      owner,
      alias,
      folder: join(folder, alias),
      brokers: options.brokers ?? 1,
      relations: options.relations ?? [],
      ...(options.listeners === undefined ? {} : { listeners: options.listeners }),
      ...(options.brokerSettings === undefined ? {} : { settings: options.brokerSettings }),
    });
  const [emulator, k1, k2] = await Promise.all([
    options.emulator === false ? undefined : stage('AWS emulator', Emulator.start({ owner, folder })),
    stage('K1', cluster('K1')),
    stage('K2', cluster('K2')),
  ]);
  const flows =
    options.mirror === false
      ? []
      : await stage('MirrorMaker 2, both flows', startFlows(options, owner, folder, [k1, k2]));
  return {
    ...frame,
    k1,
    k2,
    get emulator() {
      if (emulator === undefined) throw new Error('this world was started with emulator: false');
      return emulator;
    },
    flow: (name) => {
      const flow = flows.find((candidate) => candidate.name === name);
      if (flow === undefined)
        throw new Error(`this world has no flow "${name}"; it has ${flows.map((f) => f.name).join(', ') || 'none'}`);
      return flow;
    },
  };
}

async function startFlows(
  options: WorldOptions,
  owner: ProcessOwner,
  folder: string,
  [k1, k2]: [KafkaCluster, KafkaCluster],
): Promise<MirrorFlow[]> {
  const settings = {
    owner,
    folder: join(folder, 'mirror'),
    ...(options.relations?.includes('MIRROR') ? { relation: 'MIRROR' } : {}),
    ...(options.mirror === false ? {} : options.mirror),
  };
  const flows = [
    MirrorFlow.spawn({ ...settings, source: k1, target: k2 }),
    MirrorFlow.spawn({ ...settings, source: k2, target: k1 }),
  ];
  await Promise.all(flows.map((flow) => flow.flows()));
  return flows;
}

function stopwatch(say: (line: string) => void): <T>(what: string, work: Promise<T>) => Promise<T> {
  const begun = performance.now();
  return async (what, work) => {
    const result = await work;
    say(`${what}: up after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return result;
  };
}

function refuseUnlessInstalled(options: WorldOptions): void {
  const needed = [kafkaLibs, ...(options.emulator === false ? [] : [emulatorPython])];
  const missing = needed.filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} missing: run \`node tools/ensure.mjs world\` first`);
}

function takeLock(purpose: string): () => void {
  const outcome = tryLock(join(cacheFolder, 'world.lock'), purpose);
  if (outcome.kind === 'taken') return outcome.release;
  const who =
    outcome.owner === undefined
      ? ''
      : ` ("${outcome.owner.purpose}", pid ${outcome.owner.pid}, since ${outcome.owner.since})`;
  throw new WorldBusy(
    `Another local world runs in this clone${who}. Wait for it, or end it, then run the command again.`,
  );
}

function removeOldRuns(): void {
  const runs = join(cacheFolder, 'runs');
  const byAge = readdirSync(runs).map((name) => ({ path: join(runs, name), atMs: statSync(join(runs, name)).mtimeMs }));
  byAge.sort((a, b) => b.atMs - a.atMs);
  for (const { path } of byAge.slice(keptRuns)) rmSync(path, { recursive: true, force: true });
}
