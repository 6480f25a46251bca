/** The lab understands what is typed into it, and its commands carry the facts of this very lab. */
import { expect, test } from '@jest/globals';
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

test('the text carries pids, servers and the region that controls a set', () => {
  const cluster = (alias: string, controlRegion: string, pid: number) => ({
    alias,
    region: 'eu-west-1',
    servers: `127.0.0.1:${pid}`,
    pids: [pid],
    clientSet: `clients-${alias.toLowerCase()}`,
    controlRegion,
  });
  const text = labText({
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
  });
  expect(text).toContain('source .cache/runs/one/lab.env');
  expect(text).toContain('kill -9 111 ');
  expect(text).toContain('arn:aws:states:eu-central-1:000000000000:stateMachine:mm2-failover-drill-failover');
  expect(text).toContain(
    "-cp '/clone/.cache/kafka/libs/*' org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server 127.0.0.1:222 --describe --group billing",
  );
});
