/** A refresh from the command to the regions: operate replaces the set's value, reconcile writes it. */
import { expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { Decision, SetState } from '../../../core/contracts/tables.ts';
import { openClaim } from '../../../core/move/claim.ts';
import { replay } from '../../../core/move/replay.ts';
import { operate } from '../../../lambdas/operate/operate.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { claimOf, K1_REGION, K2_REGION, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const old = pairConfig();
const refunds = pairConfig({ topics: ['orders', 'payments', 'refunds'] });
const REFRESH = { command: 'refresh', clientSet: 'clients-k1', reason: 'refunds go live', by: 'ada' };

/** At home under revision 1 of the old configuration; the new one is deployed, and home was sampled under it. */
async function deployed(config: PairConfig = refunds, state: SetState = stateOf(old)) {
  const ports = fakePorts();
  const { control, routing } = ports;
  await control.writeSet({ ...state, version: 1 });
  for (const region of [K1_REGION, K2_REGION]) await routing.write(region, state.routing!);
  for (const topic of ['orders', 'payments', 'refunds'])
    await control.putHomeSample('clients-k1', {
      group: 'billing',
      topic,
      atMs: TEN_O_CLOCK,
      clusterId: 'id-of-K1',
      partitions: { '0': { committed: '5', end: '9', start: '0' } },
    });
  const here = { region: K2_REGION, configVersion: 'v2' };
  return {
    ports,
    ask: operate(ports, config, here),
    turn: reconcile(ports, config, here),
    state: async () => (await control.readSet('clients-k1'))!,
    revisions: () => [K1_REGION, K2_REGION].map((region) => routing.peekRouting(region, 'clients-k1')?.revision),
    recorded: async () => (await control.decisions('clients-k1', 9)).map(({ kind }) => kind),
  };
}

test('a topic joins: the value is replaced in the state, and reconcile brings it to every region and tells the bus, once', async () => {
  const { ports, ask, turn, state, revisions } = await deployed();
  expect(await ask(REFRESH)).toEqual({
    kind: 'done',
    sentence:
      'revision 2 of "clients-k1" (home) replaces revision 1 and changes topics; reconcile writes it to eu-central-1, eu-west-1 within a minute',
    reasons: ['topics: orders, payments -> orders, payments, refunds'],
  });
  expect([(await state()).routing?.topics, revisions()]).toEqual([
    ['orders', 'payments', 'refunds'],
    [1, 1],
  ]);
  await turn();
  await turn();
  expect(revisions()).toEqual([2, 2]);
  expect(ports.events.named('RoutingPublished')).toMatchObject([{ revision: 2, phase: 'home', epoch: 0 }]);
  expect(await ask(REFRESH)).toMatchObject({ kind: 'nothing' });
});

test('the decision is stored before the value, with its inputs, and is the same when made again', async () => {
  const { ports, ask } = await deployed();
  const writeSet = ports.control.writeSet.bind(ports.control);
  let before: readonly string[] = [];
  ports.control.writeSet = async (next) => {
    before = (await ports.control.decisions('clients-k1', 9)).map(({ kind }) => kind);
    return writeSet(next);
  };
  await ask(REFRESH);
  expect(before).toEqual(['refresh']);
  const [decision] = await ports.control.decisions('clients-k1', 1);
  expect(decision).toMatchObject({
    requestedBy: 'ada',
    epochSeen: 0,
    configVersion: 'v2',
    reasons: ['refunds go live', 'topics: orders, payments -> orders, payments, refunds'],
  });
  expect(replay(JSON.parse(JSON.stringify(decision)) as Decision)).toEqual({ kind: 'same' });
});

test('history calls a refresh a routing value, of no move', async () => {
  const { ask } = await deployed();
  await ask(REFRESH);
  const [entry] = (await ask({ command: 'history', clientSet: 'clients-k1' })).decisions!;
  expect([entry?.about, entry?.kind, entry?.move]).toEqual(['routing', 'refresh', undefined]);
});

test('a dry run shows before and after, and writes nothing', async () => {
  const { ask, state, recorded } = await deployed();
  expect(await ask({ ...REFRESH, dryRun: true })).toEqual({
    kind: 'done',
    sentence: 'would be: revision 2 of "clients-k1" (home) replaces revision 1 and changes topics; nothing was written',
    reasons: ['topics: orders, payments -> orders, payments, refunds'],
  });
  expect([(await state()).version, await recorded()]).toEqual([1, []]);
});

test('a refusal is stored with what it was decided from, and changes nothing', async () => {
  const { ports, ask, state } = await deployed(refunds, stateOf(old, { epoch: 1, open: claimOf() }));
  expect(await ask(REFRESH)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('epoch 1 is open') });
  const [decision] = await ports.control.decisions('clients-k1', 9);
  expect([decision?.kind, replay(decision!).kind]).toEqual(['refresh-refused', 'same']);
  expect((await state()).revision).toBe(1);
});

test('a paused set is not refreshed', async () => {
  const { ask } = await deployed();
  await ask({ command: 'pause', clientSet: 'clients-k1', reason: 'works', minutes: 10, by: 'ana' });
  expect(await ask(REFRESH)).toEqual({
    kind: 'refused',
    sentence:
      '"clients-k1" is not refreshed: client set "clients-k1" is paused by ana until 2026-11-22T10:10:00Z: works',
  });
});

test('of two refreshes at once one wins, and the other is told what clients have', async () => {
  const { ask, state } = await deployed();
  const answers = await Promise.all([ask(REFRESH), ask({ ...REFRESH, by: 'ben' })]);
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['done', 'nothing']);
  expect((await state()).revision).toBe(2);
});

test('a claim that comes first is not overwritten, and the refresh is told of it', async () => {
  const { ports, ask, state } = await deployed();
  const writeSet = ports.control.writeSet.bind(ports.control);
  ports.control.writeSet = async (next) => {
    ports.control.writeSet = writeSet;
    await writeSet(openClaim(await state(), claimOf()));
    return writeSet(next);
  };
  expect(await ask(REFRESH)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('epoch 1 is open') });
  expect([(await state()).open?.epoch, (await state()).revision]).toEqual([1, 1]);
});

test('a state that changes all the time is left alone after three tries', async () => {
  const { ports, ask } = await deployed();
  ports.control.writeSet = async () => 'conflict';
  expect(await ask(REFRESH)).toEqual({
    kind: 'refused',
    sentence: 'the state of "clients-k1" changes all the time; look at its status, then ask again',
  });
});

test('a region that is not reached is named, and gets the value when it is back', async () => {
  const { ports, ask, turn, revisions } = await deployed();
  ports.routing.fault(K1_REGION, 'unreachable');
  expect((await ask(REFRESH)).reasons).toEqual([
    'topics: orders, payments -> orders, payments, refunds',
    'eu-west-1 is not reached now (eu-west-1: fault injected); it is tried again each minute',
  ]);
  await turn();
  expect(revisions()).toEqual([1, 2]);
  ports.routing.fault(K1_REGION, 'none');
  await turn();
  expect(revisions()).toEqual([2, 2]);
});

test('the value of a refresh is told of only once its controlling region holds it', async () => {
  const { ports, ask, turn } = await deployed();
  await ask(REFRESH);
  ports.routing.fault(K2_REGION, 'unreachable');
  await turn();
  expect(ports.events.named('RoutingPublished')).toEqual([]);
  ports.routing.fault(K2_REGION, 'none');
  await turn();
  expect(ports.events.named('RoutingPublished')).toMatchObject([{ revision: 2 }]);
});

test('status says what a refresh would change, until it was asked for', async () => {
  const { ask } = await deployed();
  const status = { command: 'status', clientSet: 'clients-k1' };
  const stale = await ask(status);
  expect(stale.sets?.[0]?.refresh).toEqual(['topics: orders, payments -> orders, payments, refunds']);
  expect(stale.sentence).toContain('; refresh would change topics: orders, payments -> orders, payments, refunds');
  await ask(REFRESH);
  expect((await ask(status)).sets?.[0]).not.toHaveProperty('refresh');
});
