/** The Java samples of examples/clients/java as processes of a test. */
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

const FOLDER = join(repositoryRoot, 'examples', 'clients', 'java');
const SOURCES = ['RoutingFile', 'RoutedConsumer', 'RoutedProducer'].map((name) => join(FOLDER, `${name}.java`));
const jars = join(kafkaLibs, '*');

/** Answers the folder of the classes. */
export async function compileSamples({ folder }: Pick<TwoClusters, 'folder'>): Promise<string> {
  const classes = join(folder, 'classes');
  await promisify(execFile)('javac', ['-Xlint:all', '-Werror', '-cp', jars, '-d', classes, ...SOURCES]);
  return classes;
}

interface SampleOptions {
  readonly world: Pick<TwoClusters, 'folder' | 'owner'>;
  readonly classes: string;
  readonly topic: string;
  /** The sample puts its client set in front: "clients-k1.java-1". */
  readonly client?: string;
}

export interface FollowerOptions extends SampleOptions {
  /** "g-" and the topic unless told. */
  readonly group?: string;
  /** Consumer settings besides those of the sample, for the clusters whose credentials have these names. */
  readonly settings?: { readonly auth: string; readonly text: string };
}

interface JavaSample {
  start(): OwnedProcess;
  publish(value: Routing | string): void;
  remember(value: Routing): void;
  says(words: string | RegExp): Promise<unknown>;
}

export interface JavaFollower extends JavaSample {
  processed(): readonly string[];
}

/** What a producer said of the records that it made, which are called 1, 2, 3 ... */
export interface Outcomes {
  /** In the order of their acknowledgements. */
  readonly acknowledged: Readonly<Record<'K1' | 'K2', readonly number[]>>;
  readonly unconfirmed: readonly number[];
  /** How many records waited when a hold ended. */
  readonly kept: readonly number[];
}

export interface JavaWriter extends JavaSample {
  outcomes(): Outcomes;
}

/** A sample's process, its files, and what it said. @param what the group of a consumer, the topic of a producer */
function sample(program: 'RoutedConsumer' | 'RoutedProducer', what: string, options: SampleOptions) {
  const { world, classes, topic, client = 'java-1' } = options;
  const file = (kind: string) => join(world.folder, `${topic}-${client}-${kind}`);
  const [routing, memory, log, credentials] = [file('routing'), file('memory'), file('log'), file('credentials')];
  mkdirSync(credentials);
  const said = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []);
  const heard = (words: string | RegExp) =>
    said().find((line) => (typeof words === 'string' ? line.includes(words) : words.test(line)));
  const running: JavaSample = {
    start: () =>
      world.owner.spawn({
        name: `java ${topic} ${client}`,
        command: java,
        args: [
          ...['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
          ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', `${classes}${delimiter}${jars}`],
          ...[program, 'orders', 'clients-k1', client, what, routing, memory, credentials],
        ],
        log,
      }),
    publish: (value) => mountValue(routing, value),
    remember: (value) => writeFileSync(memory, JSON.stringify(value)),
    says: (words) => waitFor(`it says "${String(words)}"`, async () => heard(words), PATIENT),
  };
  return { running, said, credentials };
}

export function javaFollower(options: FollowerOptions): JavaFollower {
  const { topic, group = `g-${topic}`, settings } = options;
  const { running, said, credentials } = sample('RoutedConsumer', group, options);
  if (settings !== undefined) writeFileSync(join(credentials, `${settings.auth}.properties`), settings.text);
  return { ...running, processed: () => said().filter((line) => line.startsWith('processed ')) };
}

export function javaWriter(options: SampleOptions): JavaWriter {
  const { running, said } = sample('RoutedProducer', options.topic, options);
  const numbers = (told: RegExp) =>
    said().flatMap((line) => {
      const found = told.exec(line)?.[1];
      return found === undefined ? [] : [Number(found)];
    });
  const outcomes = () => ({
    acknowledged: { K1: numbers(/^acknowledged (\d+) on K1$/), K2: numbers(/^acknowledged (\d+) on K2$/) },
    unconfirmed: numbers(/^unconfirmed (\d+) on /),
    kept: numbers(/^kept (\d+) records$/),
  });
  return { ...running, outcomes };
}
