import { expect, test } from '@jest/globals';
import type { DomainEvent } from '../../../core/contracts/events.ts';
import { tellBus, tellPeople } from '../../../lambdas/shared/tell.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const event: DomainEvent = {
  name: 'MoveFinished',
  detail: {
    pair: 'orders',
    clientSet: 'clients-k1',
    epoch: 1,
    move: 'failover',
    observedAtMs: TEN_O_CLOCK,
    sentence: 'done',
    outcome: 'done',
  },
};
const message = { subject: 'clients-k1: failover done', body: 'done' };
const undelivered = (ports: ReturnType<typeof fakePorts>) =>
  ports.metrics.points.filter(({ name }) => name === 'EventsNotDelivered');

test('what the bus takes is told once, without a trace of trouble', async () => {
  const ports = fakePorts();
  expect(await tellBus(ports, event)).toBe('told');
  expect(ports.events.sent).toHaveLength(1);
  expect([ports.log.lines, undelivered(ports)]).toEqual([[], []]);
});

test('a bus that refuses twice is told at the third try', async () => {
  const ports = fakePorts();
  ports.events.faults.failNext('report');
  ports.events.faults.failNext('report');
  expect(await tellBus(ports, event)).toBe('told');
  expect(undelivered(ports)).toEqual([]);
});

test('a bus that refuses for good leaves the whole event in the log and counts it', async () => {
  const ports = fakePorts();
  ports.events.faults.failAlways('report');
  expect(await tellBus(ports, event)).toBe('not-told');
  expect(ports.log.lines).toMatchObject([
    { level: 'error', message: 'MoveFinished was not told: fault injected: report', data: { news: event } },
  ]);
  expect(undelivered(ports)).toMatchObject([{ value: 1, unit: 'Count', dimensions: { pair: 'orders' } }]);
});

test('it gives up after three tries within a second of waiting', async () => {
  const ports = fakePorts();
  ports.events.faults.failAlways('report');
  await tellBus(ports, event);
  expect(ports.events.faults.calls).toHaveLength(3);
  expect(ports.clock.nowMs() - TEN_O_CLOCK).toBeLessThanOrEqual(1_000);
});

test('people who cannot be notified are counted the same way', async () => {
  const ports = fakePorts();
  ports.notifier.faults.failAlways('notify');
  expect(await tellPeople(ports, 'orders', message)).toBe('not-told');
  expect(ports.log.lines).toMatchObject([{ data: { news: message } }]);
  expect(undelivered(ports)).toHaveLength(1);
});

test('people who can be notified get the message', async () => {
  const ports = fakePorts();
  expect(await tellPeople(ports, 'orders', message)).toBe('told');
  expect(ports.notifier.messages).toEqual([message]);
});
