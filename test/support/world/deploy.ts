import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { emulatedAccount } from './emulator.ts';
import { cdkCli, lambdaNodeFolder, repositoryRoot } from './paths.ts';
import { tailOf, type OwnedProcess } from './processes.ts';
import type { World } from './world.ts';

type DeployWorld = Pick<World, 'folder' | 'owner' | 'emulator'>;

export interface BootstrapOptions {
  readonly world: DeployWorld;
  readonly regions: readonly string[];
  readonly progress?: (line: string) => void;
}

export interface DeployOptions {
  readonly world: DeployWorld;
  /** The region of stacks that name none. */
  readonly region: string;
  /** Absolute path of the pair's config, handed to the app as context `config`. */
  readonly config: string;
  /** `node bin/app.ts` of this clone unless told. What it reads (bundles) must have been built. */
  readonly app?: string;
  /** Where the app runs; this clone unless told. */
  readonly cwd?: string;
  /** More context for the app. */
  readonly context?: Readonly<Record<string, string>>;
  readonly progress?: (line: string) => void;
}

/**
 * `cdk bootstrap` of the regions, about 4 s. It runs in an empty folder: in the app's folder it would synthesize the
 * app with bundling skipped. Needs only the emulator, so it may run while the clusters start.
 * @throws Error with the end of the CLI's log.
 */
export async function bootstrap({ world, regions, progress }: BootstrapOptions): Promise<void> {
  const folder = join(world.folder, 'deploy', 'bootstrap');
  mkdirSync(folder, { recursive: true });
  const environments = regions.map((region) => `aws://${emulatedAccount}/${region}`);
  const args = ['bootstrap', ...environments, '--output', join(folder, 'cdk.out')];
  await cdk(world, {
    name: 'cdk bootstrap',
    args,
    cwd: folder,
    region: regions[0] ?? 'us-east-1',
    done: /✅/,
    progress,
  });
}

/**
 * `cdk deploy --all` of an app to the emulator; its assembly goes to the run folder, so it meets no other CLI's.
 * @returns the folder of the assembly (`cdk.out`).
 * @throws Error with the end of the CLI's log.
 */
export async function deploy(options: DeployOptions): Promise<string> {
  const { world, progress, region } = options;
  const output = join(world.folder, 'deploy', 'cdk.out');
  const context = Object.entries({ ...options.context, config: options.config }).flatMap(([key, value]) => [
    '--context',
    `${key}=${value}`,
  ]);
  const args = ['deploy', '--all', '--require-approval', 'never', '--concurrency', '3', '--output', output];
  args.push('--app', options.app ?? 'node bin/app.ts', ...context);
  await cdk(world, { name: 'cdk deploy', args, cwd: options.cwd ?? repositoryRoot, region, done: /✅/, progress });
  return output;
}

interface CdkCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly region: string;
  /** Lines that are worth showing while it runs. */
  readonly done: RegExp;
  readonly progress: ((line: string) => void) | undefined;
}

async function cdk(world: DeployWorld, call: CdkCall): Promise<void> {
  const log = join(world.folder, 'deploy', `${call.name.replaceAll(' ', '-')}.log`);
  const home = join(world.folder, 'deploy', 'home');
  mkdirSync(home, { recursive: true });
  const alreadyThere = existsSync(log) ? linesOf(log).length : 0; // an earlier call's
  const cli = world.owner.spawn({
    name: call.name,
    command: process.execPath,
    args: [cdkCli, ...call.args, '--ci', '--no-color', '--no-notices', '--progress', 'events'],
    log,
    cwd: call.cwd,
    env: {
      PATH: [lambdaNodeFolder, process.env['PATH'] ?? ''].join(delimiter),
      LANG: 'C.UTF-8',
      HOME: home, // its cache and notices stay in the run folder
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...world.emulator.environment(call.region),
    },
  });
  await follow(cli, alreadyThere, (line) => {
    if (call.done.test(line)) call.progress?.(`${call.name}: ${line.trim()}`);
  });
  const ended = cli.ended() ?? '';
  if (!ended.includes('ended with 0')) throw new Error(`${call.name} failed. The end of ${log}:\n${tailOf(log, 30)}`);
}

/** The complete lines of a growing file. */
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

/** Tells each new line of the log while the process runs. */
async function follow(cli: OwnedProcess, alreadyTold: number, tell: (line: string) => void): Promise<void> {
  let told = alreadyTold;
  for (let running = true; running;) {
    running = cli.ended() === undefined;
    const lines = linesOf(cli.log);
    lines.slice(told).forEach(tell);
    told = lines.length;
    if (running) await Promise.race([cli.exit, delay(200)]);
  }
}
