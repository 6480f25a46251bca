import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { asSubject } from '../../../lambdas/adapters/sns/notifier.ts';
import { powertoolsLog } from '../../../lambdas/adapters/log.ts';
import { embeddedMetrics } from '../../../lambdas/adapters/metrics.ts';

/** What was printed, as Lambda would collect it. */
let lines: string[] = [];
const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write.bind(stream) }));
beforeEach(() => {
  lines = [];
  for (const { stream } of streams)
    stream.write = (text: string | Uint8Array) => {
      lines.push(String(text));
      return true;
    };
});
afterEach(() => {
  for (const { stream, write } of streams) stream.write = write;
});
const printed = (): unknown => JSON.parse(lines.join(''));

describe('metrics', () => {
  test('one value is one line in the embedded format, with exactly the given dimensions', () => {
    embeddedMetrics().put('ProbeMilliseconds', 12, 'Milliseconds', { pair: 'orders', cluster: 'K1' });
    expect(printed()).toMatchObject({
      pair: 'orders',
      cluster: 'K1',
      ProbeMilliseconds: 12,
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'mm2-failover',
            Dimensions: [['pair', 'cluster']],
            Metrics: [{ Name: 'ProbeMilliseconds', Unit: 'Milliseconds' }],
          },
        ],
      },
    });
    expect(printed()).not.toHaveProperty('service');
  });

  test('dimensions of one value do not reach the next', () => {
    const metrics = embeddedMetrics();
    metrics.put('A', 1, 'Count', { cluster: 'K1' });
    lines = [];
    metrics.put('B', 1, 'Count', { pair: 'orders' });
    expect(printed()).not.toHaveProperty('cluster');
  });
});

describe('log lines', () => {
  test('offsets and errors become text', () => {
    powertoolsLog('assess').error('broke', { offset: 9007199254740993n, error: new Error('no route') });
    expect(printed()).toMatchObject({
      message: 'broke',
      level: 'ERROR',
      data: { offset: '9007199254740993', error: { message: 'no route' } },
    });
  });

  test('a task token is never printed', () => {
    powertoolsLog('ask-operator').info('asked', { input: { taskToken: 'AQCE-secret', epoch: 3 } });
    expect(lines.join('')).not.toContain('AQCE-secret');
    expect(printed()).toMatchObject({ data: { input: { taskToken: '(not logged)', epoch: 3 } } });
  });

  test('every line after the beginning of an invocation carries its request id', () => {
    const log = powertoolsLog('assess');
    log.begin('request-7');
    log.info('looked');
    expect(printed()).toMatchObject({ requestId: 'request-7', service: 'assess' });
  });
});

describe('subjects of notifications', () => {
  test.each([
    ['a plain one stays', 'clients-k1: held', 'clients-k1: held'],
    ['lines become one', 'held\n  at Pin positions', 'held at Pin positions'],
    ['what SNS refuses is replaced', 'Größe → K2', 'Gr??e ? K2'],
    ['one hundred characters fit', 'x'.repeat(100), 'x'.repeat(100)],
    ['more are cut with a mark', 'x'.repeat(101), `${'x'.repeat(97)}...`],
    ['an empty one gets a name', ' ', 'mm2-failover'],
  ])('%s', (_story, text, subject) => expect(asSubject(text)).toBe(subject));
});
