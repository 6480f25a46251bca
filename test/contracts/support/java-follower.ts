/** The Java sample of examples/clients/java as a process of a test. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Routing } from '../../../client/index.ts';
import { waitFor } from '../../support/world/conditions.ts';
import { java } from '../../support/world/jvm.ts';
import { kafkaLibs, repositoryRoot } from '../../support/world/paths.ts';
import type { OwnedProcess } from '../../support/world/processes.ts';
import { mountValue, type TwoClusters } from './client-world.ts';
import { PATIENT } from './patience.ts';

const SOURCE = join(repositoryRoot, 'examples', 'clients', 'java', 'RoutedConsumer.java');
const jars = join(kafkaLibs, '*');

/** Answers the folder of the classes. */
export async function compileSample({ folder }: Pick<TwoClusters, 'folder'>): Promise<string> {
  const classes = join(folder, 'classes');
  await promisify(execFile)('javac', ['-cp', jars, '-d', classes, SOURCE]);
  return classes;
}

export interface FollowerOptions {
  readonly world: Pick<TwoClusters, 'folder' | 'owner'>;
  readonly classes: string;
  readonly topic: string;
  /** "g-" and the topic unless told. */
  readonly group?: string;
  /** The sample puts its client set in front: "clients-k1.java-1". */
  readonly client?: string;
  /** Consumer settings besides those of the sample, for the clusters whose credentials have these names. */
  readonly settings?: { readonly auth: string; readonly text: string };
}

export interface JavaFollower {
  start(): OwnedProcess;
  publish(value: Routing | string): void;
  remember(value: Routing): void;
  processed(): readonly string[];
  says(words: string): Promise<unknown>;
}

/** The sample's process, its files, and what it said. */
export function javaFollower(options: FollowerOptions): JavaFollower {
  const { world, classes, topic, group = `g-${topic}`, client = 'java-1', settings } = options;
  const file = (kind: string) => join(world.folder, `${topic}-${client}-${kind}`);
  const [routing, memory, log] = [file('routing'), file('memory'), file('log')];
  const credentials = file('credentials');
  mkdirSync(credentials);
  if (settings !== undefined) writeFileSync(join(credentials, `${settings.auth}.properties`), settings.text);
  const said = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []);
  return {
    start: () =>
      world.owner.spawn({
        name: `java ${topic} ${client}`,
        command: java,
        args: [
          ...['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
          ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', `${classes}${delimiter}${jars}`],
          ...['RoutedConsumer', 'orders', 'clients-k1', client, group, routing, memory, credentials],
        ],
        log,
      }),
    publish: (value) => mountValue(routing, value),
    remember: (value) => writeFileSync(memory, JSON.stringify(value)),
    processed: () => said().filter((line) => line.startsWith('processed ')),
    says: (words) => waitFor(`it says "${words}"`, async () => said().find((line) => line.includes(words)), PATIENT),
  };
}
