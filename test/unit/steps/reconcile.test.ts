import { describe, expect, test } from '@jest/globals';
import { plainParameters, routingParameter } from '../../../core/contracts/routing.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import type { OpenQuestion } from '../../../core/contracts/workflow.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import {
  adoptionOf,
  claimedState,
  claimOf,
  EXECUTION,
  K1_REGION,
  K2_REGION,
  pairConfig,
  routingOf,
  stateOf,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';
import { fakeSharedLimits, type FakeSharedLimits } from '../../support/fakes/shared.ts';

const config = pairConfig();
const PARAMETER = routingParameter('orders', 'clients-k1');

/** K2's region, which controls the clients of K1. */
async function world(state?: SetState, shared?: FakeSharedLimits, settings = config) {
  const ports = fakePorts(shared === undefined ? {} : { shared });
  if (state !== undefined) {
    await ports.control.writeSet({ ...state, version: 1 });
    if (state.routing !== undefined)
      for (const region of [K1_REGION, K2_REGION]) await ports.routing.write(region, state.routing);
  }
  return {
    ports,
    turn: reconcile(ports, settings, { region: K2_REGION, configVersion: 'v1' }),
    state: async () => (await ports.control.readSet('clients-k1'))!,
    revisions: () => [K1_REGION, K2_REGION].map((region) => ports.routing.peekRouting(region, 'clients-k1')?.revision),
  };
}

test('an empty world gets its first value in every region, with a state and a decision', async () => {
  const { ports, turn, state, revisions } = await world();
  await turn();
  expect(revisions()).toEqual([1, 1]);
  expect(await state()).toMatchObject({ epoch: 0, revision: 1, phase: 'home', mode: 'automatic', version: 1 });
  expect(await ports.control.decisions('clients-k1', 5)).toMatchObject([
    { kind: 'first-home', requestedBy: 'reconcile' },
  ]);
});
test('the other region’s client sets are not touched', async () => {
  const { ports, turn } = await world();
  await turn();
  expect(await ports.control.readSet('clients-k2')).toBeNull();
});
test('nothing to do: a second turn writes nothing', async () => {
  const { ports, turn } = await world();
  await turn();
  const written = ports.routing.written.length;
  expect(await turn()).toMatchObject({ done: [], problems: [] });
  expect(ports.routing.written).toHaveLength(written);
});
test('clients that acknowledge on another bus than this deployment listens on are named, with what to do', async () => {
  const { turn } = await world(
    stateOf(config, { routing: { ...routingOf(config, { phase: 'home' }), bus: 'mm2-failover' } }),
  );
  expect((await turn()).problems.join()).toContain(
    'set bus to "mm2-failover" in the configuration and deploy, or refresh the set',
  );
});
test('with a region out of reach no first value is written anywhere', async () => {
  const { ports, turn, revisions } = await world();
  ports.routing.fault(K1_REGION, 'unreachable');
  expect((await turn()).problems.join()).toContain(
    'a first value is written only when every listed region is known to hold none',
  );
  expect(revisions()).toEqual([undefined, undefined]);
});
test.each([
  ['writeSet', 'before'],
  ['writeSet', 'after'],
  ['putDecision', 'after'],
] as const)('a first turn that dies at %s (%s) is completed by the next', async (method, moment) => {
  const { ports, turn, revisions } = await world();
  ports.control.faults.failNext(method, moment);
  expect((await turn()).problems).toHaveLength(1);
  await turn();
  expect(revisions()).toEqual([1, 1]);
  expect(await ports.control.decisions('clients-k1', 5)).toHaveLength(1);
});
test('a region that came back gets the newest value', async () => {
  const { ports, turn, revisions } = await world(
    claimedState(config, {
      revision: 2,
      phase: 'draining',
      routing: routingOf(config, { phase: 'draining', epoch: 1, revision: 2 }),
      open: claimOf({ published: true }),
    }),
  );
  ports.workflows.running(EXECUTION);
  ports.routing.edit(K1_REGION, PARAMETER, JSON.stringify(routingOf(config, { phase: 'home' })));
  await turn();
  expect(revisions()).toEqual([2, 2]);
});
test('a deleted or garbled value is written again', async () => {
  const { ports, turn, revisions } = await world(stateOf(config));
  ports.routing.edit(K1_REGION, PARAMETER, '{');
  await turn();
  expect(revisions()).toEqual([1, 1]);
});
test('a value made newer by hand is outrun, so that clients follow again', async () => {
  const { ports, turn, revisions, state } = await world(stateOf(config));
  ports.routing.edit(K1_REGION, PARAMETER, JSON.stringify(routingOf(config, { phase: 'refuge', revision: 7 })));
  await turn();
  expect(revisions()).toEqual([8, 8]);
  expect(await state()).toMatchObject({ revision: 8, phase: 'home' });
  expect(await ports.control.decisions('clients-k1', 5)).toMatchObject([{ kind: 'renumbered' }]);
});
test('while paused an edit stands and is reported', async () => {
  const pause = { owner: 'ana', reason: 'break glass', untilMs: TEN_O_CLOCK + 60_000, setAtMs: 0 };
  const { ports, turn, revisions } = await world(stateOf(config, { pause }));
  ports.routing.edit(K1_REGION, PARAMETER, JSON.stringify(routingOf(config, { phase: 'refuge', revision: 7 })));
  expect((await turn()).problems.join()).toContain('paused by ana');
  expect(revisions()).toEqual([7, 1]);
});
test('while one of its clusters is paused an edit stands too', async () => {
  const { ports, turn, revisions } = await world(stateOf(config));
  const pause = { owner: 'ana', reason: 'break glass', untilMs: TEN_O_CLOCK + 60_000, setAtMs: 0 };
  await ports.control.putPause({ ...pause, scope: { kind: 'cluster', cluster: 'K1' } });
  ports.routing.edit(K1_REGION, PARAMETER, JSON.stringify(routingOf(config, { phase: 'refuge', revision: 7 })));
  expect((await turn()).problems.join()).toContain('cluster K1 is paused by ana');
  expect(revisions()).toEqual([7, 1]);
});
const PLAIN = Object.keys(plainParameters(routingOf(config, { phase: 'home' })))[0]!;
test('a plain parameter edited by hand is written again', async () => {
  const { ports, turn } = await world(stateOf(config));
  ports.routing.edit(K1_REGION, PLAIN, 'elsewhere:9092');
  await turn();
  expect(ports.routing.peek(K1_REGION, PLAIN)?.text).toBe('k1-a:9092,k1-b:9092');
});
test('a plain parameter edited during a pause stands', async () => {
  const pause = { owner: 'ana', reason: 'break glass', untilMs: TEN_O_CLOCK + 60_000, setAtMs: 0 };
  const { ports, turn } = await world(stateOf(config, { pause }));
  ports.routing.edit(K1_REGION, PLAIN, 'elsewhere:9092');
  await turn();
  expect(ports.routing.peek(K1_REGION, PLAIN)?.text).toBe('elsewhere:9092');
});
test('while every pair is paused an edit stands', async () => {
  const shared = fakeSharedLimits();
  const { ports, turn, revisions } = await world(stateOf(config), shared);
  await shared.putPause({ owner: 'ana', reason: 'break glass', untilMs: TEN_O_CLOCK + 60_000, setAtMs: 0 });
  ports.routing.edit(K1_REGION, PARAMETER, JSON.stringify(routingOf(config, { phase: 'refuge', revision: 7 })));
  expect((await turn()).problems.join()).toContain('every pair is paused by ana');
  expect(revisions()).toEqual([7, 1]);
});
test('while it is not known whether every pair is paused an edit stands: it may be somebody’s way out', async () => {
  const shared = fakeSharedLimits();
  const { ports, turn } = await world(stateOf(config), shared);
  shared.faults.failAlways('pause');
  ports.routing.edit(K1_REGION, PLAIN, 'elsewhere:9092');
  expect((await turn()).problems.join()).toMatch(/whether every pair is paused is not known.*left as it is/);
  expect(ports.routing.peek(K1_REGION, PLAIN)?.text).toBe('elsewhere:9092');
});
test('a value of a higher epoch is taken over and nothing is written', async () => {
  const { ports, turn, state } = await world(stateOf(config));
  ports.routing.edit(
    K1_REGION,
    PARAMETER,
    JSON.stringify(routingOf(config, { phase: 'home', epoch: 1_001, revision: 9 })),
  );
  const written = ports.routing.written.length;
  await turn();
  expect(await state()).toMatchObject({ epoch: 1_001, revision: 9 });
  expect(ports.routing.written).toHaveLength(written);
});
test('a publish that happens during a repair is not taken back', async () => {
  const { ports, turn, revisions } = await world(stateOf(config));
  ports.routing.edit(K1_REGION, PARAMETER, '{');
  const newer = routingOf(config, { phase: 'draining', epoch: 1, revision: 2 });
  const original = ports.routing.write.bind(ports.routing);
  let published = false;
  Object.assign(ports.routing, {
    write: async (...args: Parameters<typeof original>) => {
      if (!published) {
        published = true;
        const present = (await ports.control.readSet('clients-k1'))!;
        await ports.control.writeSet({
          ...present,
          epoch: 1,
          open: claimOf({ published: true }),
          revision: 2,
          phase: 'draining',
          routing: newer,
          version: present.version + 1,
        });
        for (const region of [K1_REGION, K2_REGION]) await original(region, newer);
      }
      return original(...args);
    },
  });
  ports.workflows.running(EXECUTION);
  await turn();
  expect(revisions()).toEqual([2, 2]);
});

const orphaned = () => world(claimedState(config));
test('an epoch whose execution runs is left alone', async () => {
  const { ports, turn } = await orphaned();
  ports.workflows.running(EXECUTION);
  await turn();
  expect(ports.workflows.started).toEqual([]);
});
test('an epoch whose execution ended is taken up with the claim’s own input', async () => {
  const { ports, turn } = await orphaned();
  ports.workflows.end(EXECUTION);
  await turn();
  expect(ports.workflows.started).toMatchObject([
    {
      machine: 'failover',
      input: { clientSet: 'clients-k1', trigger: 'automatic', takeUp: 1, reason: 'K1 CONFIRMED_DOWN' },
    },
  ]);
});
test('a failback is taken up by its own machine', async () => {
  const { ports, turn } = await world(stateOf(config, { epoch: 2, open: claimOf({ epoch: 2, move: 'failback' }) }));
  ports.workflows.end(EXECUTION);
  await turn();
  expect(ports.workflows.started).toMatchObject([{ machine: 'failback', input: { takeUp: 2 } }]);
});
test('never two at once: while the new execution runs no other is started', async () => {
  const { ports, turn } = await orphaned();
  ports.workflows.end(EXECUTION);
  await turn();
  await turn();
  expect(ports.workflows.started).toHaveLength(1);
});
test('when the new execution ended without taking over, another is started', async () => {
  const { ports, turn } = await orphaned();
  ports.workflows.end(EXECUTION);
  await turn();
  ports.workflows.end(ports.workflows.started[0]!.execution);
  await turn();
  expect(ports.workflows.started).toHaveLength(2);
});
test('when the new execution took over and ended in its turn, another is started in its place', async () => {
  const { ports, turn, state } = await orphaned();
  ports.workflows.end(EXECUTION);
  await turn();
  const { execution } = ports.workflows.started[0]!;
  const present = await state();
  await ports.control.writeSet({ ...present, open: claimOf({ execution }), version: present.version + 1 });
  ports.workflows.end(execution);
  await turn();
  expect(ports.workflows.started).toHaveLength(2);
});
test('a start whose answer was lost is given half a minute before the next', async () => {
  const { ports, turn } = await orphaned();
  ports.workflows.end(EXECUTION);
  ports.workflows.faults.failNext('start', 'after');
  await turn();
  await turn();
  expect(ports.workflows.started).toHaveLength(1);
  ports.clock.advance(30_000);
  await turn();
  expect(ports.workflows.started).toHaveLength(2);
});
test('an execution nobody knows is named with the command that takes its epoch up, and left alone', async () => {
  const { ports, turn } = await orphaned();
  expect((await turn()).problems.join()).toContain(
    'npx mm2-failover take-up --pair orders --set clients-k1 --region eu-central-1 --epoch 1 --reason "..."',
  );
  expect(ports.workflows.started).toEqual([]);
});
test('people are told of it once, when it has stayed unknown for a minute', async () => {
  const { ports, turn } = await orphaned();
  await turn();
  expect(ports.notifier.messages).toEqual([]);
  for (let minute = 0; minute < 3; minute += 1) {
    ports.clock.advance(60_000);
    await turn();
  }
  expect(ports.notifier.messages.map(({ subject }) => subject)).toEqual([
    '[mm2-failover] clients-k1: nobody runs the failover of epoch 1',
  ]);
});
test('a topic that refuses hears of it in the next minute', async () => {
  const { ports, turn } = await orphaned();
  await turn();
  ports.clock.advance(60_000);
  ports.notifier.faults.failAlways('notify');
  await turn();
  ports.notifier.faults.heal();
  ports.clock.advance(60_000);
  await turn();
  expect(ports.notifier.messages).toHaveLength(1);
});
test('it counts as a set that waits for a person', async () => {
  const { ports, turn } = await orphaned();
  await turn();
  expect(ports.metrics.points).toContainEqual(expect.objectContaining({ name: 'HeldSets', value: 1 }));
});
test('two turns at once that see the same orphan start one execution', async () => {
  const { ports, turn } = await orphaned();
  ports.workflows.end(EXECUTION);
  await Promise.all([turn(), turn()]);
  expect(ports.workflows.started).toHaveLength(1);
});

const positions = {
  epoch: 1,
  group: 'billing',
  groupMode: 'shared' as const,
  topic: 'orders',
  clusterId: 'k1',
  atMs: 0,
  partitions: {},
};
test('state and positions are copied to the home region', async () => {
  const { ports, turn, state } = await world(stateOf(config, { epoch: 1 }));
  await ports.control.putPositions('clients-k1', positions);
  await turn();
  expect(await ports.controlOf(K1_REGION).readSet('clients-k1')).toEqual({ ...(await state()), version: 1 });
  expect(await ports.controlOf(K1_REGION).positions('clients-k1', 1)).toEqual([positions]);
});
test('what has not changed is not copied again', async () => {
  const { ports, turn } = await world(stateOf(config, { epoch: 1 }));
  await ports.control.putPositions('clients-k1', positions);
  await turn();
  await turn();
  expect(
    ports.controlOf(K1_REGION).faults.calls.filter((call) => call === 'writeSet' || call === 'putPositions'),
  ).toEqual(['writeSet', 'putPositions']);
});
test('a home region that is gone does not keep the rest from its work', async () => {
  const { ports, turn, revisions } = await world();
  for (const method of ['readSet', 'writeSet', 'positions'] as const)
    ports.controlOf(K1_REGION).faults.failAlways(method);
  expect((await turn()).problems.join()).toContain('clients-k1: copying failed');
  expect(revisions()).toEqual([1, 1]);
});
test('a newer epoch known at home is not overwritten', async () => {
  const { ports, turn } = await world(stateOf(config, { epoch: 1 }));
  await ports.controlOf(K1_REGION).writeSet(stateOf(config, { epoch: 1_001 }));
  await turn();
  expect((await ports.controlOf(K1_REGION).readSet('clients-k1'))?.epoch).toBe(1_001);
});

const moved = () =>
  world(
    stateOf(config, {
      epoch: 1,
      revision: 3,
      phase: 'refuge',
      routing: {
        ...routingOf(config, { phase: 'refuge', epoch: 1, revision: 3 }),
        issuedAt: '2026-11-22T09:50:00.000Z',
      },
    }),
  );
test('a client that is alive and behind is named once', async () => {
  const { ports, turn } = await moved();
  await ports.control.putAdoption(adoptionOf('consumer', 'c1', { revision: 2 }));
  await turn();
  await turn();
  expect(ports.events.named('ClientStraggling')).toMatchObject([{ clientId: 'c1', revision: 2 }]);
});
test.each([
  ['follows', { revision: 3 }],
  ['has fallen silent', { revision: 2, atMs: TEN_O_CLOCK - 120_000 }],
  ['was stopped in order', { revision: 2, active: false, left: true }],
])('a client that %s is not named', async (_story, changes) => {
  const { ports, turn } = await moved();
  await ports.control.putAdoption(adoptionOf('consumer', 'c1', changes));
  await turn();
  expect(ports.events.sent).toEqual([]);
});
test('a straggler whom nobody could be told of is told of when the bus is back, once', async () => {
  const { ports, turn } = await moved();
  await ports.control.putAdoption(adoptionOf('consumer', 'c1', { revision: 2 }));
  ports.events.faults.failAlways('report');
  await turn();
  ports.events.faults.heal();
  await turn();
  await turn();
  expect(ports.events.named('ClientStraggling')).toMatchObject([{ clientId: 'c1', revision: 2 }]);
});
test('a bus that refuses news of one straggler is not tried with every other one', async () => {
  const { ports, turn } = await moved();
  for (const client of ['c1', 'c2', 'c3'])
    await ports.control.putAdoption(adoptionOf('consumer', client, { revision: 2 }));
  ports.events.faults.failAlways('report');
  expect((await turn()).problems).toHaveLength(3);
  expect(ports.events.faults.calls).toHaveLength(3);
  ports.events.faults.heal();
  await turn();
  expect(ports.events.named('ClientStraggling').map(({ clientId }) => clientId)).toEqual(['c1', 'c2', 'c3']);
});
test('no epoch waits to be taken up until the news of other sets is told', async () => {
  const { ports } = await moved();
  const two = pairConfig(
    {},
    {
      clientSets: {
        ...config.clientSets,
        'clients-z': { ...config.clientSets['clients-k1'], topics: ['z'], groups: [{ id: 'z' }] },
      },
    },
  );
  await ports.control.writeSet({ ...claimedState(config), clientSet: 'clients-z', version: 1 });
  ports.workflows.end(EXECUTION);
  await ports.control.putAdoption(adoptionOf('consumer', 'c1', { revision: 2 }));
  const startedBefore: number[] = [];
  ports.events.faults.beforeEach(() => void startedBefore.push(ports.workflows.started.length));
  await reconcile(ports, two, { region: K2_REGION, configVersion: 'v1' })();
  expect(startedBefore).toEqual([1]);
});
test('no epoch waits to be taken up until people are told of an execution that nobody knows', async () => {
  const { ports } = await world(claimedState(config));
  const two = pairConfig(
    {},
    {
      clientSets: {
        ...config.clientSets,
        'clients-z': { ...config.clientSets['clients-k1'], topics: ['z'], groups: [{ id: 'z' }] },
      },
    },
  );
  const turn = reconcile(ports, two, { region: K2_REGION, configVersion: 'v1' });
  await turn();
  ports.clock.advance(60_000);
  const ended = claimOf({ execution: 'ended' });
  await ports.control.writeSet({ ...claimedState(config, { open: ended }), clientSet: 'clients-z', version: 2 });
  ports.workflows.end('ended');
  const startedBefore: number[] = [];
  ports.notifier.faults.beforeEach(() => void startedBefore.push(ports.workflows.started.length));
  await turn();
  expect(startedBefore).toEqual([1]);
});
test('right after a publish nobody is a straggler', async () => {
  const { ports, turn } = await moved();
  ports.clock.set(Date.UTC(2026, 10, 22, 9, 52));
  await ports.control.putAdoption(adoptionOf('consumer', 'c1', { revision: 2, atMs: Date.UTC(2026, 10, 22, 9, 52) }));
  await turn();
  expect(ports.events.sent).toEqual([]);
});

const untold = (changes: Partial<SetState> = {}) =>
  world(
    stateOf(config, {
      epoch: 1,
      revision: 2,
      phase: 'draining',
      routing: {
        ...routingOf(config, { phase: 'draining', epoch: 1, revision: 2 }),
        issuedAt: '2026-11-22T09:58:00.000Z',
      },
      untoldRouting: { revision: 2, epoch: 1, move: 'failover' },
      ...changes,
    }),
  );
test('a published revision that was not told is told again, once', async () => {
  const { ports, turn, state } = await untold();
  await turn();
  await turn();
  expect(ports.events.named('RoutingPublished')).toMatchObject([
    { clientSet: 'clients-k1', epoch: 1, move: 'failover', revision: 2, phase: 'draining' },
  ]);
  expect(await state()).not.toHaveProperty('untoldRouting');
});
test('while the bus goes on refusing, the revision stays marked', async () => {
  const { ports, turn, state } = await untold();
  ports.events.faults.failAlways('report');
  await turn();
  expect((await state()).untoldRouting).toMatchObject({ revision: 2 });
});
test('a step that has just published is left the time to tell of it itself', async () => {
  const { ports, turn } = await untold({ open: claimOf({ published: true }) });
  ports.clock.set(Date.UTC(2026, 10, 22, 9, 58, 30));
  await turn();
  expect(ports.events.named('RoutingPublished')).toEqual([]);
});
test('where nothing is open no step tells of a revision, so it is told at once', async () => {
  const { ports, turn } = await untold({ phase: 'refuge' });
  ports.clock.set(Date.UTC(2026, 10, 22, 9, 58, 30));
  await turn();
  expect(ports.events.named('RoutingPublished')).toMatchObject([{ revision: 2 }]);
});
test('a revision is not told while its controlling region does not hold it', async () => {
  const { ports, turn } = await untold({
    pause: { owner: 'ana', reason: 'by hand', untilMs: TEN_O_CLOCK * 2, setAtMs: 0 },
  });
  ports.routing.edit(K2_REGION, PARAMETER, 'not a routing value');
  await turn();
  expect(ports.events.sent).toEqual([]);
});

const question = (changes: Partial<OpenQuestion> = {}): OpenQuestion => ({
  question: 'hold',
  epoch: 1,
  stage: 'Pin positions',
  taskToken: 'token-1',
  askedAtMs: TEN_O_CLOCK - 60_000,
  sentence: 'somebody reads K1.orders',
  reasons: [],
  untold: ['people', 'bus'],
  ...changes,
});
async function held(changes: Partial<OpenQuestion> = {}) {
  const set = await world(claimedState(config));
  set.ports.workflows.running(EXECUTION);
  await set.ports.control.putQuestion('clients-k1', question(changes));
  return set;
}
test('a question nobody could be told of is told again, to people and on the bus, once', async () => {
  const { ports, turn } = await held();
  await turn();
  await turn();
  expect(ports.notifier.messages.map(({ subject }) => subject)).toEqual([
    '[mm2-failover] clients-k1: failover is held at "Pin positions"',
  ]);
  expect(ports.events.named('MoveHeld')).toMatchObject([{ step: 'Pin positions', cause: 'somebody reads K1.orders' }]);
});
test('who was told already is not told again', async () => {
  const { ports, turn } = await held({ untold: ['bus'] });
  await turn();
  expect([ports.notifier.messages, ports.events.named('MoveHeld').length]).toEqual([[], 1]);
});
test('while the topic goes on refusing, the question stays marked', async () => {
  const { ports, turn } = await held();
  ports.notifier.faults.failAlways('notify');
  await turn();
  expect((await ports.control.question('clients-k1'))?.untold).toEqual(['people']);
});
test.each([
  ['that is just being asked', { askedAtMs: TEN_O_CLOCK - 30_000 }],
  ['of an epoch that is over', { epoch: 7 }],
  ['everybody was told of', { untold: [] }],
])('a question %s is not told again', async (_story, changes) => {
  const { ports, turn } = await held(changes);
  await turn();
  expect(ports.notifier.messages).toEqual([]);
});

describe('the move in the table above the pairs', () => {
  const own = { pair: 'orders', clientSet: 'clients-k1', epoch: 1, untilMs: TEN_O_CLOCK + 1 };
  const other = { pair: 'bills', clientSet: 'clients-a', epoch: 4, untilMs: TEN_O_CLOCK + 60_000 };
  const renewed = { ...own, untilMs: TEN_O_CLOCK + 300_000 };
  const lapsed = { ...own, untilMs: TEN_O_CLOCK };
  const limited = pairConfig({}, { shared: { table: 'mm2-failover-shared', pairsAtOnce: 1 } });
  const moving = (open = claimOf({ published: true })) => claimedState(config, { open });
  const begun = (changes: Partial<Parameters<typeof claimOf>[0]> = {}) => moving(claimOf(changes));
  const after = async (state: SetState, moves: readonly (typeof own)[], settings = limited) => {
    const shared = fakeSharedLimits();
    await shared.writeMoves({ moves: [...moves], version: 1 });
    const { ports, turn } = await world(state, shared, settings);
    ports.workflows.running(EXECUTION);
    const { problems } = await turn();
    return { moves: (await shared.moves()).moves, problems };
  };

  test.each<readonly [string, SetState, readonly (typeof own)[], readonly (typeof own)[]]>([
    ['is renewed while it is open', begun(), [own], [renewed]],
    ['is renewed also where fewer may move than do', begun(), [other, own], [other, renewed]],
    ['is entered if it has published and is not there', moving(), [], [renewed]],
    ['is entered before, where there is a place', begun(), [], [renewed]],
    ['is not entered before, where there is none: it may be giving way', begun(), [other], [other]],
    ['does not take back a place that it has lost before it published', begun(), [lapsed, other], [lapsed, other]],
    ['counts once it has published, whoever has the place', moving(), [other], [other, renewed]],
    ['of a person counts from the start', begun({ trigger: 'manual' }), [other], [other, renewed]],
    [
      'that a person approved counts from then on',
      begun({ approval: 'given', approvedBy: 'ada' }),
      [other],
      [other, renewed],
    ],
    ['is not entered while it waits for an approval', begun({ approval: 'pending' }), [], []],
    ['is taken out when it is over', stateOf(config, { epoch: 1 }), [own], []],
    ['stays if it is of a claim that is being written just now', stateOf(config), [own], [own]],
    [
      'of another pair is not touched',
      stateOf(config, { epoch: 9 }),
      [{ ...own, pair: 'bills' }],
      [{ ...own, pair: 'bills' }],
    ],
  ])('%s', async (_story, state, before, then) => {
    expect((await after(state, before)).moves).toEqual(then);
  });

  test.each<readonly [string, SetState, readonly (typeof own)[], readonly string[]]>([
    [
      'a place that is lost before anything is published is told',
      begun(),
      [other],
      [
        'clients-k1: epoch 1 has no place among the pairs that move (shared.pairsAtOnce is 1): bills (clients-a, epoch 4); once it publishes it counts all the same',
      ],
    ],
    [
      'that more pairs move than may is told when it becomes true',
      moving(),
      [lapsed, other],
      [
        'clients-k1: epoch 1 has published and goes on, so more pairs move than may (shared.pairsAtOnce is 1): bills (clients-a, epoch 4), orders (clients-k1, epoch 1); no further one starts by itself until there are fewer',
      ],
    ],
    ['and not at each turn', moving(), [other, own], []],
    ['nor where there is a place', moving(), [lapsed], []],
    ['nor of a move that a person started', begun({ trigger: 'manual' }), [other], []],
  ])('%s', async (_story, state, before, problems) => {
    expect((await after(state, before)).problems).toEqual(problems);
  });

  test('without a limit it is entered as soon as it is claimed', async () => {
    expect(await after(begun(), [other], config)).toEqual({ moves: [other, renewed], problems: [] });
  });

  test('that cannot be written is a problem, and keeps nothing else from its work', async () => {
    const shared = fakeSharedLimits();
    shared.faults.failAlways('moves', new Error('no answer'));
    const { turn } = await world(moving(), shared);
    expect((await turn()).problems.join()).toContain('clients-k1: moves of every pair failed: no answer');
  });
});
