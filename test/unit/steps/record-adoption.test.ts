import { expect, test } from '@jest/globals';
import { recordAdoption } from '../../../lambdas/record-adoption/record-adoption.ts';
import { pairConfig, stateOf } from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const config = pairConfig();
const adopted = (changes: object = {}) => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  role: 'consumer',
  clientId: 'c1',
  epoch: 1,
  revision: 5,
  observedAtMs: 1_000,
  active: true,
  group: 'billing',
  ...changes,
});
async function world() {
  const ports = fakePorts();
  await ports.control.writeSet(stateOf(config, { revision: 5 }));
  const record = recordAdoption(ports, config);
  return { ports, record, stored: async () => (await ports.control.adoptions('clients-k1'))[0] };
}

test('what a client acknowledged is stored', async () => {
  const { record, stored } = await world();
  expect((await record(adopted())).kind).toBe('recorded');
  expect(await stored()).toEqual({
    pair: 'orders',
    clientSet: 'clients-k1',
    role: 'consumer',
    clientId: 'c1',
    group: 'billing',
    epoch: 1,
    revision: 5,
    active: true,
    atMs: 1_000,
  });
});
test('that a client was stopped in order is kept until it is heard of again', async () => {
  const { record, stored } = await world();
  await record(adopted({ active: false, left: true, observedAtMs: 2_000 }));
  expect(await stored()).toMatchObject({ active: false, left: true });
  await record(adopted({ observedAtMs: 3_000 }));
  expect(await stored()).not.toHaveProperty('left');
});
test('the same event twice is one client', async () => {
  const { record, ports } = await world();
  await record(adopted());
  await record(adopted());
  expect(await ports.control.adoptions('clients-k1')).toHaveLength(1);
});
test('a heartbeat moves the time', async () => {
  const { record, stored } = await world();
  await record(adopted());
  await record(adopted({ observedAtMs: 9_000 }));
  expect((await stored())?.atMs).toBe(9_000);
});
test.each([
  ['an event that was overtaken', { observedAtMs: 999, revision: 5 }],
  ['a revision that went back', { observedAtMs: 2_000, revision: 4 }],
  ['another pair', { pair: 'other' }],
  ['an unknown client set', { clientSet: 'nobody' }],
  ['something else entirely', { role: 'spectator' }],
  ['a client id that no key of the table can hold', { clientId: 'c'.repeat(1_001), observedAtMs: 2_000 }],
])('%s is dropped with a reason', async (_story, changes) => {
  const { record, stored } = await world();
  await record(adopted());
  const outcome = await record(adopted(changes));
  expect(outcome.kind).toBe('dropped');
  expect(outcome.sentence).not.toBe('');
  expect(await stored()).toMatchObject({ revision: 5, atMs: 1_000 });
});
test('a revision nobody published keeps the client alive, but acknowledges nothing', async () => {
  const { record, stored } = await world();
  await record(adopted({ revision: 4 }));
  await record(adopted({ revision: 99, observedAtMs: 3_000 }));
  expect(await stored()).toMatchObject({
    revision: 4,
    atMs: 3_000,
    note: 'obeys revision 99, which was never published (newest: 5)',
  });
});

test.each([
  ['is an hour behind: the client is not silent', 1_000_000_000 - 3_600_000],
  ['is an hour ahead: its later news still count', 1_000_000_000 + 3_600_000],
])("a client's clock that %s", async (_story, observedAtMs) => {
  const { record, stored } = await world();
  await record(adopted({ observedAtMs, revision: 4 }), 1_000_000_000);
  expect((await stored())?.atMs).toBe(1_000_000_000);
  await record(adopted({ observedAtMs: 1_000_005_000 }), 1_000_005_000);
  expect(await stored()).toMatchObject({ revision: 5, atMs: 1_000_005_000 });
});
test('an event that was sent a moment after it was observed keeps the order of the client', async () => {
  const { record, stored } = await world();
  await record(adopted({ observedAtMs: 1_500 }), 2_000);
  expect((await stored())?.atMs).toBe(1_500);
});
