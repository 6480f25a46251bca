/** The lab understands what is typed into it, and its commands carry the facts of this very lab. */
import { describe, expect, test } from '@jest/globals';
import { readArguments } from '../../../bin/cli/arguments.ts';
import { OperateCommand } from '../../../core/contracts/operate.ts';
import { readLabOptions } from '../../drill/lab-options.ts';
import type { LabFacts } from '../../drill/lab-text.ts';
import { LAB_HELP, environmentFile, labText, readLabCommand } from '../../drill/lab-text.ts';

test.each([
  ['kill K1', { kind: 'kill', cluster: 'K1' }],
  ['  start   k2 ', { kind: 'start', cluster: 'K2' }],
  ['pause k1->k2', { kind: 'pause', flow: 'K1->K2' }],
  ['slow', { kind: 'slow' }],
  ['', { kind: 'nothing' }],
  ['kill K3', { kind: 'unknown', sentence: '"kill K3" is not known here; type help' }],
  ['kill K1 K2', { kind: 'unknown', sentence: '"kill K1 K2" is not known here; type help' }],
  ['burst now', { kind: 'unknown', sentence: '"burst now" is not known here; type help' }],
] as const)('"%s"', (line, command) => {
  expect(readLabCommand(line)).toEqual(command);
});

test('everything that help lists is understood', () => {
  const typed = LAB_HELP.flatMap((text) => text.split(/ {2,}/)[0]?.split(' | ') ?? []);
  expect(typed.map((line) => readLabCommand(line).kind)).toEqual([
    'kill',
    'kill',
    'start',
    'start',
    'slow',
    'fast',
    'burst',
    'pause',
    'resume',
    'help',
  ]);
});

test('a value with a quote stays one value of the shell', () => {
  expect(environmentFile({ A: "it's" })).toContain("export A='it'\\''s'");
});

const textOf = (options: Pick<LabFacts, 'policy' | 'trigger'>): string => {
  const cluster = (alias: string, controlRegion: string, pid: number) => ({
    alias,
    region: 'eu-west-1',
    servers: `127.0.0.1:${pid}`,
    pids: [pid],
    clientSet: `clients-${alias.toLowerCase()}`,
    controlRegion,
  });
  return labText({
    root: '/clone',
    folder: '/clone/.cache/runs/one',
    environmentFile: '/clone/.cache/runs/one/lab.env',
    config: '/clone/.cache/runs/one/pair.yaml',
    endpoint: 'http://127.0.0.1:4566',
    functionLogs: '/clone/.cache/runs/one/functions',
    kafkaLibs: '/clone/.cache/kafka/libs',
    pair: 'drill',
    clusters: [cluster('K1', 'eu-central-1', 111), cluster('K2', 'eu-west-1', 222)],
    group: 'billing',
    topic: 'orders',
    ...options,
  });
};
const text = textOf({ policy: 'availability', trigger: 'automatic' });

test('the text carries pids, servers and the region that controls a set', () => {
  expect(text).toContain('source .cache/runs/one/lab.env');
  expect(text).toContain('kill -9 111 ');
  expect(text).toContain('arn:aws:states:eu-central-1:000000000000:stateMachine:mm2-failover-drill-failover');
  expect(text).toContain(
    "-cp '/clone/.cache/kafka/libs/*' org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server 127.0.0.1:222 --describe --group billing",
  );
});

test('each line of our command line is understood by it', () => {
  const lines = text.split('\n').flatMap((line) => /^ {2}npm run -s cli -- ([^#]*)/.exec(line)?.[1]?.trim() ?? []);
  const around = { env: {}, user: () => undefined };
  const wordsOf = (line: string) => (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const read = lines.map((line) => readArguments(wordsOf(line), around));
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'status',
    'dry-run',
    'history',
    'help',
    'start',
    'undo',
    'start',
    'approve',
    'reject',
    'pause',
    'unpause',
    'mode',
    'acknowledge-cooldown',
  ]);
  expect(read.filter(({ kind }) => kind === 'usage')).toEqual([]);
  for (const one of read) if (one.kind === 'command') expect(OperateCommand.safeParse(one.payload).success).toBe(true);
});

test('the text says what its options change, and how to get the others', () => {
  expect(text).toContain('Policy availability: moved producers write at once');
  expect(text).toContain('npm run lab -- --policy per-key');
  expect(textOf({ policy: 'per-key', trigger: 'manual' })).toContain('K1: its clients then wait for your approve');
});

describe('options of the lab', () => {
  test('without any it is automatic and available', () => {
    expect(readLabOptions([])).toEqual({ trigger: 'automatic', policy: 'availability', help: false });
  });
  test('those that it has', () => {
    expect(readLabOptions(['--trigger', 'manual', '--policy=per-key'])).toMatchObject({
      trigger: 'manual',
      policy: 'per-key',
    });
  });
  test.each([
    ['nonsense', ['--nonsense'], 'the lab has no option "--nonsense"'],
    ['a misspelt option', ['--polcy', 'per-key'], 'the lab has no option "--polcy" (did you mean "--policy"?)'],
    ['an option of the drill', ['--scenario', 'M08'], 'the lab has no option "--scenario"'],
    ['a value of the drill', ['--trigger', 'alarm'], '--trigger is "alarm"; allowed: automatic, manual'],
    ['a misspelt value', ['--policy', 'perkey'], '--policy is "perkey" (did you mean "per-key"?); allowed'],
    ['a word', ['now'], "Unexpected argument 'now'"],
  ])('%s is refused in one sentence', (_story, args, sentence) => {
    expect(() => readLabOptions(args)).toThrow(sentence);
  });
  test("an option that it lacks is answered with those it has, not with the drill's", () => {
    expect(() => readLabOptions(['--nonsense'])).toThrow('npm run lab -- [options]');
  });
});
