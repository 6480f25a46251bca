import { expect, test } from '@jest/globals';
import {
  createAdoptionReporter,
  defaultHeartbeatSeconds,
  eventBridgeSink,
  type AdoptionSink,
  type ClientAdopted,
} from '../../../client/adoption.ts';
import { silentLogger } from '../../../client/logging.ts';
import { ssmSource } from '../../../client/ssm-source.ts';
import type { Readings } from '../../../client/routing-source.ts';
import { EVENTS } from '../../../core/contracts/events.ts';
import { clientRouting } from '../../support/builders/client-routing.ts';
import { waitFor } from '../../support/world/conditions.ts';

const identity = {
  pair: 'orders',
  clientSet: 'clients-k1',
  role: 'consumer',
  clientId: 'clients-k1.a',
  group: 'g',
} as const;
const promptReporter = (sink: AdoptionSink) =>
  createAdoptionReporter({ identity, sink, heartbeatSeconds: 0.001, logger: silentLogger, random: () => 0 });

test.each([
  [0.2, 1],
  [5, 10],
  [60, 30],
])('a client that polls every %s s repeats its adoption every %s s', (pollSeconds, heartbeat) => {
  expect(defaultHeartbeatSeconds(pollSeconds)).toBe(heartbeat);
});

test('the event is valid, goes to the bus the routing names, and is repeated', async () => {
  const sent: { readonly region: string; readonly entry: Record<string, unknown> }[] = [];
  const sink = eventBridgeSink(
    (region) =>
      ({
        send: async (command: { input: { Entries: Record<string, unknown>[] } }) => {
          sent.push({ region, entry: command.input.Entries[0]! });
          return {};
        },
      }) as never,
  );
  const reporter = promptReporter(sink);
  reporter.report(clientRouting({ revision: 4 }), { active: true });
  await waitFor('a heartbeat', async () => sent.length >= 2 || undefined, { timeoutMs: 5000, everyMs: 5 });
  await reporter.leave(null);
  const { region, entry } = sent[1]!;
  expect([region, entry['EventBusName'], entry['Source'], entry['DetailType']]).toEqual([
    'eu-central-1',
    'mm2-failover',
    'mm2-failover.client',
    'ClientAdopted',
  ]);
  expect(EVENTS.ClientAdopted.parse(JSON.parse(String(entry['Detail'])))).toMatchObject({
    ...identity,
    revision: 4,
    active: true,
  });
});

test('a bus that fails disturbs nobody and hears of it at the next try', async () => {
  const heard: ClientAdopted[] = [];
  let fails = 1;
  const report = async (adoption: ClientAdopted) => {
    if (fails-- > 0) throw new Error('no bus');
    heard.push(adoption);
  };
  const reporter = promptReporter({ report });
  reporter.report(clientRouting({ revision: 4 }), { active: false, note: 'joining K2' });
  await waitFor('the second try', async () => heard[0], { timeoutMs: 5000, everyMs: 5 });
  await reporter.leave(null);
  expect(heard[0]).toMatchObject({ revision: 4, active: false, note: 'joining K2' });
});

test('the source reads every listed region and tells present, missing and unreachable apart', async () => {
  const { ParameterNotFound } = await import('@aws-sdk/client-ssm');
  const answers: Record<string, () => unknown> = {
    'eu-west-1': () => ({ Parameter: { Value: 'text' } }),
    'eu-central-1': () => {
      throw new ParameterNotFound({ message: 'none', $metadata: {} });
    },
    'eu-north-1': () => {
      throw new Error('timed out');
    },
  };
  const asked: string[] = [];
  const source = ssmSource({
    pair: 'orders',
    clientSet: 'clients-k1',
    regions: ['eu-west-1', 'eu-central-1', 'eu-north-1'],
    client: (region) =>
      ({
        send: async (command: { input: { Name: string } }) => {
          asked.push(`${region} ${command.input.Name}`);
          return answers[region]!();
        },
      }) as never,
  });
  const readings = await new Promise<Readings>((resolve) => {
    const watch = source.start((seen) => {
      watch.stop();
      resolve(seen);
    });
  });
  expect(asked[0]).toBe('eu-west-1 /mm2-failover/orders/clients-k1/routing');
  expect(readings).toEqual([
    { region: 'eu-west-1', kind: 'value', text: 'text' },
    { region: 'eu-central-1', kind: 'missing' },
    { region: 'eu-north-1', kind: 'unreachable', because: 'timed out' },
  ]);
});

test('a client that is stopped in order says so once, as the last thing', async () => {
  const told: ClientAdopted[] = [];
  const sink = { report: async (adoption: ClientAdopted) => void told.push(adoption) };
  const reporter = promptReporter(sink);
  reporter.report(clientRouting({ revision: 4 }), { active: true });
  await reporter.leave(clientRouting({ revision: 4 }));
  const last = told.at(-1);
  expect(last).toMatchObject({ revision: 4, active: false, left: true });
  expect(EVENTS.ClientAdopted.parse(last)).toEqual(last);
  const count = told.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toHaveLength(count);
});

test('a bus that does not answer delays the end by a second at most', async () => {
  const sink = { report: () => new Promise<void>(() => undefined) };
  const reporter = createAdoptionReporter({ identity, sink, logger: silentLogger, random: () => 0 });
  const begun = performance.now();
  await reporter.leave(clientRouting());
  expect(performance.now() - begun).toBeLessThan(3000);
});
