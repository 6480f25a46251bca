/**
 * The Java applications of a wide drill, one for each set: plain consumers that read where to go when they start. A
 * supervisor restarts one when the set's restart hook is called and the plain parameters say something else than before.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { placedSet } from '../../../core/config/pair.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import { routingParameter } from '../../../core/contracts/routing.ts';
import { java } from '../../support/world/jvm.ts';
import { kafkaLibs } from '../../support/world/paths.ts';
import type { OwnedProcess } from '../../support/world/processes.ts';
import type { World } from '../../support/world/world.ts';
import { ALWAYS_BOTH_GROUP, JAVA_GROUP, TOPICS, setOf } from '../pair.ts';
import { COMMIT_EVERY_RECORDS, SESSION_MS } from '../workload/consuming.ts';
import { EventFile } from '../workload/event-file.ts';
import type { Alias } from '../workload/spec.ts';
import type { RestartHook } from './restart-hook.ts';

const MAIN = 'PlainConsumers';
/** It finishes what it has polled, commits and leaves its groups: each of these waits 2 s for a dead cluster at the most. */
const GRACE_MS = 8_000;
const jars = join(kafkaLibs, '*');

interface Told {
  readonly servers: string;
  readonly topics: string;
  readonly revision: number;
}

interface Application {
  readonly home: Alias;
  readonly set: string;
  readonly region: string;
  readonly events: EventFile;
  told?: Told;
  process?: OwnedProcess;
  /** Restarts one after the other. */
  work: Promise<void>;
  stopping: boolean;
}

export interface JavaOptions {
  readonly world: World;
  readonly config: PairConfig;
  readonly hook: RestartHook;
  readonly folder: string;
  readonly slowMs: Readonly<Record<Alias, number>>;
  readonly controlOf: (set: string) => string;
}

export class JavaApplications {
  readonly #options: JavaOptions;
  readonly #classes: string;
  readonly #applications: readonly Application[];

  private constructor(options: JavaOptions, classes: string) {
    this.#options = options;
    this.#classes = classes;
    this.#applications = (['K1', 'K2'] as const).map((home) => ({
      home,
      set: setOf(home),
      region: placedSet(options.config, setOf(home))!.controlRegion,
      events: new EventFile(join(options.folder, `${setOf(home)}-java.ndjson`)),
      work: Promise.resolve(),
      stopping: false,
    }));
    options.hook.onPublished = (set) => this.#follow(set);
  }

  static async prepare(options: JavaOptions): Promise<JavaApplications> {
    const classes = join(options.folder, 'classes');
    await promisify(execFile)('javac', ['-cp', jars, '-d', classes, join(import.meta.dirname, `${MAIN}.java`)]);
    return new JavaApplications(options, classes);
  }

  start(): void {
    for (const { set } of this.#applications) void this.#follow(set);
  }

  /** Two in each application. */
  get consumers(): number {
    return this.#applications.length * 2;
  }

  more(): readonly { readonly set: string; readonly events: ReturnType<EventFile['more']> }[] {
    return this.#applications.map(({ set, events }) => ({ set, events: events.more() }));
  }

  /** An application that ended by itself, with the end of its log. */
  problem(): string | undefined {
    return this.#applications
      .map(({ process, stopping }) => (stopping ? undefined : process?.ended()))
      .find((ended) => ended !== undefined);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#applications.map(async (application) => {
        await application.work;
        application.stopping = true;
        await application.process?.stop(GRACE_MS);
      }),
    );
  }

  #follow(set: string): Promise<void> {
    const application = this.#applications.find((one) => one.set === set)!;
    application.work = application.work.then(() => this.#restart(application));
    return application.work;
  }

  async #restart(application: Application): Promise<void> {
    const told = await this.#read(application);
    const before = application.told;
    if (before !== undefined && before.servers === told.servers && before.topics === told.topics) return;
    application.stopping = true;
    await application.process?.stop(GRACE_MS);
    application.told = told;
    application.process = this.#spawn(application, told);
    application.stopping = false;
  }

  /** The revision is for the drill's own log: the application knows none. */
  async #read({ set, region }: Application): Promise<Told> {
    const { pair } = this.#options.config;
    const base = `/mm2-failover/${pair}/${set}/consumers`;
    const names = [`${base}/bootstrap-servers`, `${base}/topics`, routingParameter(pair, set)];
    const { Parameters = [] } = await new SSMClient(this.#options.world.emulator.client(region)).send(
      new GetParametersCommand({ Names: names }),
    );
    const [servers, topics, routing] = names.map((name) => Parameters.find(({ Name }) => Name === name)?.Value);
    if (servers === undefined || topics === undefined || routing === undefined)
      throw new Error(`${region} holds ${Parameters.map(({ Name }) => Name).join(', ')}, needed: ${names.join(', ')}`);
    return { servers, topics, revision: (JSON.parse(routing) as { readonly revision: number }).revision };
  }

  #spawn({ set, home, events }: Application, told: Told): OwnedProcess {
    const { world, folder, slowMs, controlOf } = this.#options;
    const n = home.at(-1) ?? '';
    const settings = {
      bootstrapServers: told.servers,
      set,
      cluster: told.servers === world.k1.bootstrapServers.join(',') ? 'K1' : 'K2',
      revision: told.revision,
      events: events.path,
      control: controlOf(set),
      slowMs: slowMs[home],
      sessionMs: SESSION_MS,
      maxPollRecords: COMMIT_EVERY_RECORDS,
      consumers: [
        {
          id: `j${n}a`,
          group: JAVA_GROUP,
          protocol: 'consumer',
          offsetReset: 'none',
          topics: told.topics.split(','),
        },
        {
          id: `w${n}a`,
          group: ALWAYS_BOTH_GROUP,
          protocol: 'classic',
          // A pattern finds topics that nobody has read before.
          offsetReset: 'earliest',
          pattern: `(K1\\.|K2\\.)?(${TOPICS.join('|')})`,
        },
      ],
    };
    const file = join(folder, `${set}-java.json`);
    writeFileSync(file, JSON.stringify(settings));
    return world.owner.spawn({
      name: `Java application of ${set}`,
      command: java,
      args: [
        ...['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
        ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', `${this.#classes}${delimiter}${jars}`],
        ...[MAIN, file],
      ],
      log: join(folder, `${set}-java.log`),
      graceMs: GRACE_MS,
      niceness: 4,
    });
  }
}
