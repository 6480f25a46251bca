import { describe, expect, jest, test } from '@jest/globals';
import { createFollower } from '../../../client/follower.ts';
import type { RoutingProblem } from '../../../client/hooks.ts';
import { silentLogger, type Logger } from '../../../client/logging.ts';
import { memorySource } from '../../../client/routing-source.ts';
import type { Routing } from '../../../core/contracts/routing.ts';
import { clientRouting } from '../../support/builders/client-routing.ts';

interface Options {
  readonly role?: 'producer' | 'consumer';
  readonly remembered?: string;
  readonly apply?: (routing: Routing) => Promise<void>;
  readonly logger?: Logger;
}

const following = async (options: Options = {}) => {
  const { role = 'consumer', remembered, apply = async () => undefined, logger = silentLogger } = options;
  const source = memorySource();
  const applied: number[] = [];
  const problems: RoutingProblem[] = [];
  const saved: string[] = [];
  const follower = createFollower({
    pair: 'orders',
    clientSet: 'clients-k1',
    role,
    source,
    logger,
    memory: { load: async () => remembered ?? null, save: async (text) => void saved.push(text) },
    apply: async (routing) => {
      applied.push(routing.revision);
      await apply(routing);
    },
    onProblem: (problem) => problems.push(problem),
  });
  await follower.start();
  return { source, applied, problems, saved, follower };
};

const text = (changes: Partial<Routing> = {}) => JSON.stringify(clientRouting(changes));
const value = (region: string, changes: Partial<Routing> = {}) =>
  ({ region, kind: 'value', text: text(changes) }) as const;
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('only a higher revision is applied', async () => {
  const { source, applied } = await following();
  for (const revision of [3, 2, 3, 4]) {
    source.publish(clientRouting({ revision }));
    await settled();
  }
  expect(applied).toEqual([3, 4]);
});

test.each<readonly [string, Partial<Routing>]>([
  ['brokers', { consumers: { ...clientRouting().consumers, bootstrapServers: ['k1-new:9092'] } }],
  ['topics', { topics: ['orders', 'refunds'] }],
])('a refresh that changes only %s, in the same phase and epoch, is followed', async (_what, changes) => {
  const { source, applied } = await following();
  for (const value of [clientRouting({ revision: 1 }), clientRouting({ revision: 2, ...changes })]) {
    source.publish(value);
    await settled();
  }
  expect(applied).toEqual([1, 2]);
});

test('values that arrive in the middle of a switch wait for its end, and only the newest is applied', async () => {
  const end = Promise.withResolvers<undefined>();
  const { source, applied } = await following({
    apply: async ({ revision }) => (revision === 1 ? end.promise : undefined),
  });
  source.publish(clientRouting({ revision: 1 }));
  await settled();
  for (const revision of [2, 3]) source.publish(clientRouting({ revision }));
  await settled();
  expect(applied).toEqual([1]);
  end.resolve(undefined);
  await settled();
  expect(applied).toEqual([1, 3]);
});

test.each([
  ['no JSON', '{"schema": 1,', 'not JSON'],
  ['a missing field', JSON.stringify({ ...clientRouting({ revision: 2 }), topics: undefined }), 'topics'],
  ['another schema', JSON.stringify({ ...clientRouting({ revision: 2 }), schema: 2 }), 'schema'],
  ['another client set', text({ revision: 2, clientSet: 'clients-k2' }), 'clientSet: is "clients-k2"'],
  ['another pair', text({ revision: 2, pair: 'billing' }), 'pair: is "billing"'],
])('a value with %s is reported once and changes nothing', async (_story, corrupt, complaint) => {
  const { source, applied, problems } = await following();
  source.publish(clientRouting({ revision: 1 }));
  source.publish(corrupt);
  source.publish(corrupt);
  await settled();
  expect(applied).toEqual([1]);
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems[0])).toContain(JSON.stringify(complaint).slice(1, -1));
});

test('a missing or unreachable value changes nothing', async () => {
  const { source, applied, problems } = await following();
  source.publish(clientRouting());
  source.deliver([{ region: 'eu-central-1', kind: 'missing' }]);
  source.deliver([{ region: 'eu-central-1', kind: 'unreachable', because: 'timed out' }]);
  await settled();
  expect([applied, problems.map(({ kind }) => kind)]).toEqual([[1], ['missing', 'unreachable']]);
});

test('the same revision with another content is reported and not followed', async () => {
  const { source, applied, problems } = await following();
  source.publish(clientRouting({ revision: 5 }));
  source.publish(clientRouting({ revision: 5, cause: 'edited by hand' }));
  await settled();
  expect([applied, problems.map(({ kind }) => kind)]).toEqual([[5], ['conflicting']]);
});

test('at its start a client takes the highest revision of all regions', async () => {
  const { source, applied } = await following();
  source.deliver([value('eu-west-1', { revision: 8 }), value('eu-central-1', { revision: 9 })]);
  await settled();
  expect(applied).toEqual([9]);
});

const halfBlind = [
  value('eu-west-1', { revision: 8 }),
  { region: 'eu-central-1', kind: 'unreachable', because: 'timed out' },
] as const;

test('a starting consumer that cannot read the control region waits for it', async () => {
  const { source, applied, problems } = await following();
  source.deliver(halfBlind);
  await settled();
  expect(applied).toEqual([]);
  expect(problems.at(-1)).toEqual({ kind: 'waiting-for-control-region', controlRegion: 'eu-central-1' });
  source.deliver([value('eu-west-1', { revision: 8 }), value('eu-central-1', { revision: 9 })]);
  await settled();
  expect(applied).toEqual([9]);
});

test('a value of another client set in the control region does not count as having read it', async () => {
  const { source, applied, problems } = await following();
  source.deliver([value('eu-west-1', { revision: 8 }), value('eu-central-1', { revision: 9, clientSet: 'other' })]);
  await settled();
  expect([applied, problems.map(({ kind }) => kind)]).toEqual([[], ['invalid', 'waiting-for-control-region']]);
});

test('a starting producer does not wait for the control region', async () => {
  const { source, applied } = await following({ role: 'producer' });
  source.deliver(halfBlind);
  await settled();
  expect(applied).toEqual([8]);
});

test('a consumer that remembers a higher revision never steps back behind it', async () => {
  const { source, applied } = await following({ remembered: text({ revision: 9 }) });
  source.deliver(halfBlind);
  await settled();
  expect(applied).toEqual([9]);
});

test('a remembered value that is corrupt is reported and counts as none', async () => {
  const { source, applied, problems } = await following({ remembered: '{' });
  source.publish(clientRouting({ revision: 2 }));
  await settled();
  expect([applied, problems.map(({ kind }) => kind)]).toEqual([[2], ['memory']]);
});

test('every accepted value is remembered as it was read', async () => {
  const { source, saved } = await following();
  source.publish(text({ revision: 1 }));
  source.publish(text({ revision: 2 }));
  await settled();
  expect(saved).toEqual([text({ revision: 1 }), text({ revision: 2 })]);
});

test('a switch that failed does not stop the next one', async () => {
  const fails = async ({ revision }: Routing) => {
    if (revision === 1) throw new Error('no');
  };
  const { source, applied } = await following({ apply: fails });
  source.publish(clientRouting({ revision: 1 }));
  await settled();
  source.publish(clientRouting({ revision: 2 }));
  await settled();
  expect(applied).toEqual([1, 2]);
});

test('after stop nothing is applied any more', async () => {
  const { source, applied, follower } = await following();
  await follower.stop();
  source.publish(clientRouting());
  await settled();
  expect(applied).toEqual([]);
});

describe('no routing value at all', () => {
  const missing = { region: 'eu-west-1', kind: 'missing' } as const;
  const unreachable = { region: 'eu-central-1', kind: 'unreachable', because: 'no credentials' } as const;
  const SENTENCE =
    'no routing value yet, so this consumer waits: /mm2-failover/orders/clients-k1/routing: in eu-west-1 it does not exist, ' +
    'in eu-central-1 it cannot be read (no credentials). Deploy the pair (the first value is published within a minute), ' +
    'or correct pair, clientSet, regions or rights';

  const listening = () => {
    const heard: string[] = [];
    const nothing = () => undefined;
    return {
      heard,
      logger: { debug: nothing, info: nothing, error: nothing, warn: (line: string) => heard.push(line) },
    };
  };
  const aboutNothing = (heard: readonly string[]) => heard.filter((line) => line.startsWith('no routing value yet'));

  test('is told once, with the parameter and what to do', async () => {
    const { heard, logger } = listening();
    const { source } = await following({ logger });
    for (let look = 0; look < 3; look++) source.deliver([missing, unreachable]);
    expect(aboutNothing(heard)).toEqual([SENTENCE]);
  });

  test('is no warning while one place has a value, or one is remembered', async () => {
    const { heard, logger } = listening();
    (await following({ logger })).source.deliver([missing, value('eu-central-1')]);
    (await following({ logger, remembered: text() })).source.deliver([missing, unreachable]);
    expect(aboutNothing(heard)).toEqual([]);
  });

  test('is told by the process where no logger was given', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    (await following()).source.deliver([missing, unreachable]);
    expect(emitWarning.mock.calls).toEqual([[SENTENCE, { type: 'NoRoutingValueWarning', code: 'MM2F_NO_ROUTING' }]]);
    emitWarning.mockRestore();
  });
});
