import { expect, test } from '@jest/globals';
import { crossFieldProblems } from '../../../core/config/rules.ts';
import { MAX_ROUTING_BYTES, Routing } from '../../../core/contracts/routing.ts';
import { planRouting, progressOf, targetOf } from '../../../core/routing/plan.ts';
import { routingBytes, routingSizeProblem, routingSizeProblems } from '../../../core/routing/size.ts';
import { pairConfig, placedK1, routingOf, withTopics } from '../../support/builders/pair.ts';

const told = (routing: Routing) =>
  `${routing.producers.cluster} ${routing.producers.state}, ${routing.consumers.cluster} ${routing.consumers.read}`;

test.each([
  ['availability', 'home', 'everyone', false, 'K1 active, K1 local'],
  ['availability', 'draining', 'everyone', false, 'K2 active, K2 remote'],
  ['availability', 'refuge', 'everyone', false, 'K2 active, K2 local'],
  ['availability', 'refuge', 'everyone', true, 'K2 active, K2 both'],
  ['availability', 'leaving', 'everyone', false, 'K2 active, K1 local'],
  ['availability', 'returning', 'consumers', false, 'K2 active, K2 local'],
  ['availability', 'returning', 'producers', false, 'K1 active, K2 local'],
  ['per-key', 'home', 'everyone', false, 'K1 active, K1 local'],
  ['per-key', 'draining', 'everyone', false, 'K2 hold, K2 remote'],
  ['per-key', 'refuge', 'everyone', false, 'K2 active, K2 local'],
  ['per-key', 'refuge', 'everyone', true, 'K2 active, K2 both'],
  ['per-key', 'leaving', 'everyone', false, 'K2 hold, K1 local'],
  ['per-key', 'returning', 'consumers', false, 'K2 active, K2 local'],
  ['per-key', 'returning', 'producers', false, 'K1 hold, K2 local'],
] as const)('under %s, phase %s for %s (keep both: %s) says: %s', (ordering, phase, target, keepBoth, expected) => {
  const config = pairConfig({ ordering });
  expect(told(routingOf(config, { phase, target, keepBoth }))).toBe(expected);
});

test('a value carries all that a client needs and passes the contract', () => {
  const routing = routingOf(pairConfig({ remoteNames: { payments: 'K1-payments' } }), {
    phase: 'draining',
    epoch: 3,
    revision: 12,
  });
  expect(Routing.parse(routing)).toEqual({
    schema: 1,
    pair: 'orders',
    clientSet: 'clients-k1',
    epoch: 3,
    revision: 12,
    phase: 'draining',
    producers: {
      cluster: 'K2',
      bootstrapServers: ['k2-a:9092', 'k2-b:9092'],
      auth: 'k2-clients',
      schemaRegistry: 'https://registry.k2',
      state: 'active',
    },
    consumers: {
      cluster: 'K2',
      bootstrapServers: ['k2-a:9092', 'k2-b:9092'],
      auth: 'k2-clients',
      schemaRegistry: 'https://registry.k2',
      read: 'remote',
    },
    topics: ['orders', 'payments'],
    remotePrefix: 'K1.',
    remoteNames: { payments: 'K1-payments' },
    controlRegion: 'eu-central-1',
    bus: 'mm2-failover-orders',
    pollSeconds: 5,
    cause: 'test',
    issuedAt: '2026-11-22T09:00:00.000Z',
  });
});

const withCause = (cause: string) => {
  const config = pairConfig();
  return planRouting({
    config,
    placed: placedK1(config),
    phase: 'home',
    target: 'everyone',
    keepBoth: false,
    epoch: 0,
    revision: 1,
    cause,
    issuedAt: '2026-11-22T09:00:00Z',
  });
};
test('a value has no key without a value', () => {
  const value = withCause('x');
  expect(value).not.toHaveProperty('remoteNames');
  expect(value.producers).not.toHaveProperty('schemaRegistry');
});
test('a cause of just the allowed length is not cut', () =>
  expect(withCause('x'.repeat(200)).cause).toBe('x'.repeat(200)));
test('a long cause is cut, so that a talkative reason cannot burst the value', () =>
  expect(withCause('x'.repeat(500)).cause).toBe(`${'x'.repeat(197)}...`));
test('a cause cannot smuggle in a reference of Parameter Store', () =>
  expect(withCause('see {{ssm:secret}}').cause).toBe('see { {ssm:secret}}'));
test('a cause is never cut in the middle of a character: half of one is stored as something else', () => {
  const { cause } = withCause(`${'x'.repeat(196)}${'\u{1f525}'.repeat(10)}`);
  expect(cause.isWellFormed()).toBe(true);
});
test('an empty cause says that none was stated', () => expect(withCause('  ').cause).toBe('not stated'));

test.each([
  ['failover', 'draining', 'everyone', 1],
  ['failover', 'refuge', 'everyone', 2],
  ['switchover', 'leaving', 'everyone', 1],
  ['switchover', 'refuge', 'everyone', 2],
  ['switchover', 'home', 'everyone', 3],
  ['failback', 'returning', 'consumers', 1],
  ['failback', 'returning', 'producers', 2],
  ['failback', 'recovering', 'everyone', 3],
  ['failback', 'recovering', 'producers', 4],
  ['failback', 'home', 'everyone', 5],
  ['failback', 'draining', 'everyone', 0],
] as const)('%s: %s for %s is step %i of its way', (move, phase, target, step) =>
  expect(progressOf(move, phase, target)).toBe(step),
);

test.each(['consumers', 'producers'] as const)(
  'a stored returning value tells that it was published for %s',
  (target) => {
    const config = pairConfig();
    expect(targetOf(routingOf(config, { phase: 'returning', target }), placedK1(config))).toBe(target);
  },
);

test.each([
  ['per-key', 'everyone', 'hold', 'everyone'],
  ['per-key', 'producers', 'active', 'producers'],
  ['availability', 'everyone', 'active', 'everyone'],
] as const)('while recovering under %s order a value for %s has producers %s', (ordering, target, state, told) => {
  const config = pairConfig({ ordering });
  const routing = routingOf(config, { phase: 'recovering', target });
  expect([routing.producers.cluster, routing.producers.state, routing.consumers.read]).toEqual(['K1', state, 'both']);
  expect(targetOf(routing, placedK1(config))).toBe(told);
});

test.each([
  ['availability', 'home'],
  ['availability', 'draining'],
  ['availability', 'refuge'],
  ['availability', 'leaving'],
  ['per-key', 'home'],
  ['per-key', 'draining'],
  ['per-key', 'refuge'],
  ['per-key', 'leaving'],
] as const)('under %s order a stored value of phase %s was published for everyone', (ordering, phase) => {
  const config = pairConfig({ ordering });
  expect(targetOf(routingOf(config, { phase }), placedK1(config))).toBe('everyone');
});

test('while recovering, remote topics are those of the refuge at home; what is renamed at the refuge has its plain name', () => {
  const config = pairConfig({ remoteNames: { payments: 'K1-payments' } });
  const routing = routingOf(config, { phase: 'recovering' });
  expect([routing.remotePrefix, routing.remoteNames]).toEqual(['K2.', undefined]);
});

test('the ordinary pair fits in every phase', () => expect(routingSizeProblems(pairConfig())).toEqual([]));

/** The longest that a value of this set can be in phase home. */
const worstOf = (config: ReturnType<typeof pairConfig>): Routing =>
  planRouting({
    config,
    placed: placedK1(config),
    phase: 'home',
    target: 'everyone',
    keepBoth: false,
    epoch: 1_234_567,
    revision: 7_654_321,
    cause: '\u0001'.repeat(200),
    issuedAt: '2031-01-02T03:04:05.678Z',
  });
test('a set whose value cannot fit is named with the size and the way out', () => {
  const [problem] = routingSizeProblems(withTopics(pairConfig(), 100));
  expect(problem?.path).toBe('clientSets.clients-k1');
  const bytes = routingBytes(worstOf(withTopics(pairConfig(), 100)));
  expect(problem?.message).toMatch(`takes ${bytes} bytes in phase home; allowed: 4096. Split the client set`);
});
test('a set whose routing fits, but not the plain list of its remote topics, is named', () => {
  const config = pairConfig({ topics: Array.from({ length: 45 }, (_, i) => `topic-with-a-long-name-${100 + i}`) });
  const long = 'a-cluster-alias-of-more-than-thirty-letters';
  const renamed = JSON.parse(JSON.stringify(config).replaceAll('"K1"', `"${long.slice(0, 40)}"`)) as typeof config;
  expect(routingSizeProblems(renamed)[0]?.message).toMatch(
    /plain parameter \/mm2-failover\/orders\/clients-k1\/consumers\/topics takes \d{4} bytes in phase refuge; allowed: 4096/,
  );
});
test('a configuration whose routing value cannot fit is refused before it is deployed', () =>
  expect(crossFieldProblems(withTopics(pairConfig(), 100)).map(({ path }) => path)).toEqual(['clientSets.clients-k1']));
test('what the size check lets pass fits with any reason', () => {
  const largest = Array.from({ length: 100 }, (_, i) => withTopics(pairConfig(), i + 1))
    .filter((config) => routingSizeProblems(config).length === 0)
    .at(-1)!;
  expect(routingBytes(routingOf(largest, { phase: 'draining' }))).toBeLessThanOrEqual(MAX_ROUTING_BYTES);
  expect(routingSizeProblem(routingOf(largest, { phase: 'draining' }))).toBeUndefined();
});
test('a value of just the allowed size fits, and one byte more does not', () => {
  const empty = { ...withCause('x'), cause: '' };
  const full = { ...empty, cause: 'x'.repeat(MAX_ROUTING_BYTES - routingBytes(empty)) };
  expect(routingSizeProblem(full)).toBeUndefined();
  expect(routingSizeProblem({ ...full, cause: `${full.cause}x` })).toMatch(/takes 4097 bytes/);
});
test('a plain list of just the allowed size fits, and one byte more does not', () => {
  const remote = { ...routingOf(pairConfig(), { phase: 'draining' }), remotePrefix: 'p'.repeat(500) };
  // Eight names with their prefix and seven commas: 8 x 500 + 7 x 11 + 12 + 7 = 4096.
  const topics = [...Array.from({ length: 7 }, (_, i) => `topic-name-${i}`.slice(1)), 'topic-name-x'];
  expect(routingSizeProblem({ ...remote, topics })).toBeUndefined();
  expect(routingSizeProblem({ ...remote, topics: [...topics.slice(1), 'topic-name-y'] })).toMatch(/takes 4097 bytes/);
});
test('size is counted in bytes, not in characters', () =>
  expect(routingBytes({ ...withCause('x'), cause: 'é' }) - routingBytes({ ...withCause('x'), cause: 'e' })).toBe(1));
