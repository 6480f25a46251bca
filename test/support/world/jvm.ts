import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaLibs } from './paths.ts';

/** Small and quick to start: these JVMs live for minutes. */
const flags = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'];

/** slf4j-simple reads its levels from -D. The clients of a killed cluster would otherwise write thousands of lines a second. */
const levels: Readonly<Record<string, string>> = {
  defaultLogLevel: 'info',
  showDateTime: 'true',
  dateTimeFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
  'log.org.apache.kafka.clients': 'error',
  'log.org.apache.kafka.common.config': 'warn',
  'log.org.apache.kafka.common.utils.AppInfoParser': 'warn',
};

export const java = 'java';

/** Arguments for `java` that run a main class of the Kafka jars. */
export function kafkaMain(main: string, args: readonly string[], heapMb: number): string[] {
  const logging = Object.entries(levels).map(([key, value]) => `-Dorg.slf4j.simpleLogger.${key}=${value}`);
  return [`-Xmx${heapMb}m`, ...flags, ...logging, '-cp', join(kafkaLibs, '*'), main, ...args];
}

/** The same with classes of our own beside the jars. @param folder as `compiled` has filled it */
export const withClasses = (args: readonly string[], folder: string): string[] =>
  args.map((arg, i) => (args[i - 1] === '-cp' ? [folder, arg].join(delimiter) : arg));

/** Compiles a source that stands beside this file, against Kafka's jars. */
export async function compiled(source: string, folder: string): Promise<string> {
  const args = ['-cp', join(kafkaLibs, '*'), '-d', folder, join(import.meta.dirname, source)];
  await promisify(execFile)('javac', args);
  return folder;
}

/** A Java properties file; values are written as they are, so they must hold no backslash or line break. */
export function properties(entries: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
