import { storedVerdict } from '../../support/builders/judgement.ts';
import { expect, test } from '@jest/globals';
import { plainParameters, routingParameter } from '../../../core/contracts/routing.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import type { StepInput } from '../../../core/contracts/workflow.ts';
import { publishRouting } from '../../../lambdas/publish-routing/publish-routing.ts';
import {
  claimedState,
  claimOf,
  K1_REGION,
  K2_REGION,
  pairConfig,
  routingOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
  withTopics,
} from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const config = pairConfig();
const draining = stepInput();
const refuge = stepInput({ stage: 'Publish routing (refuge)', phase: 'refuge' });

async function world(state: SetState = claimedState(config), cfg = config) {
  const ports = fakePorts();
  await ports.control.writeSet(state);
  if (state.routing !== undefined)
    for (const region of [K1_REGION, K2_REGION]) await ports.routing.write(region, state.routing);
  const run = (input: StepInput) => publishRouting(ports, cfg)(input);
  const revisions = () =>
    [K1_REGION, K2_REGION].map((region) => ports.routing.peekRouting(region, 'clients-k1')?.revision);
  return { ports, run, revisions, state: async () => (await ports.control.readSet('clients-k1'))! };
}

test('the next revision reaches every listed region, with its plain parameters', async () => {
  const { ports, run, revisions } = await world();
  expect((await run(draining)).kind).toBe('published');
  expect(revisions()).toEqual([2, 2]);
  const routing = ports.routing.peekRouting(K1_REGION, 'clients-k1')!;
  expect(routing.phase).toBe('draining');
  for (const [path, value] of Object.entries(plainParameters(routing)))
    expect(ports.routing.peek(K1_REGION, path)?.text).toBe(value);
});

test('the state says what clients were told, and that there is no way back', async () => {
  const { run, state } = await world();
  await run(draining);
  const after = await state();
  expect([after.phase, after.revision, after.routing?.phase, after.open?.published, after.leftHomeAtMs]).toEqual([
    'draining',
    2,
    'draining',
    true,
    TEN_O_CLOCK,
  ]);
});

test('one event tells of the publish, and the stage remembers its revision', async () => {
  const { ports, run } = await world();
  await run(draining);
  expect(ports.events.named('RoutingPublished')).toMatchObject([
    { clientSet: 'clients-k1', epoch: 1, revision: 2, phase: 'draining', move: 'failover' },
  ]);
  expect(await ports.control.stage('clients-k1', 1, draining.stage)).toMatchObject({ kind: 'published', revision: 2 });
});

test('a second run publishes the same revision', async () => {
  const { run, revisions } = await world();
  await run(draining);
  await run(draining);
  expect(revisions()).toEqual([2, 2]);
});

test.each([
  ['stages', 'before'],
  ['readSet', 'before'],
  ['writeSet', 'before'],
  ['writeSet', 'after'],
  ['stage', 'before'],
  ['putStage', 'before'],
  ['putStage', 'after'],
] as const)('dying at %s (%s) and running again ends with one revision everywhere', async (method, moment) => {
  const { ports, run, revisions, state } = await world();
  ports.control.faults.failNext(method, moment);
  await expect(run(draining)).rejects.toThrow('fault injected');
  expect((await run(draining)).kind).toBe('published');
  expect(revisions()).toEqual([2, 2]);
  expect((await state()).revision).toBe(2);
});

test('a bus that refuses keeps no move: the revision is published, and the state says that it was not told', async () => {
  const { ports, run, state } = await world();
  ports.events.faults.failAlways('report');
  expect((await run(draining)).kind).toBe('published');
  expect((await state()).untoldRouting).toEqual({ revision: 2, epoch: 1, move: 'failover' });
});

test('a revision that was told is not marked', async () => {
  const { run, state } = await world();
  await run(draining);
  expect(await state()).not.toHaveProperty('untoldRouting');
});

test('dying between the event and the mark tells of it again rather than never', async () => {
  const { ports, run, state } = await world();
  ports.control.faults.beforeEach((method) => {
    if (method === 'writeSet' && ports.events.sent.length === 1) throw new Error('died');
  });
  await expect(run(draining)).rejects.toThrow('died');
  expect((await state()).untoldRouting).toMatchObject({ revision: 2 });
});

test('the controlling region out of reach fails the step, and the run after it completes the same revision', async () => {
  const { ports, run, revisions } = await world();
  ports.routing.fault(K2_REGION, 'unreachable');
  await expect(run(draining)).rejects.toThrow(
    /revision 2 of "clients-k1" is not in its controlling region eu-central-1/,
  );
  ports.routing.fault(K2_REGION, 'none');
  expect((await run(draining)).kind).toBe('published');
  expect(revisions()).toEqual([2, 2]);
});

test('nothing is written elsewhere while the controlling region refuses', async () => {
  const { ports, run } = await world();
  ports.routing.fault(K2_REGION, 'unreachable');
  await expect(run(draining)).rejects.toThrow();
  expect(ports.routing.peekRouting(K1_REGION, 'clients-k1')?.revision).toBe(1);
});

test('a write to the controlling region whose answer is lost is repeated as the same revision', async () => {
  const { ports, run, revisions } = await world();
  ports.routing.fault(K2_REGION, 'response-lost');
  await expect(run(draining)).rejects.toThrow();
  ports.routing.fault(K2_REGION, 'none');
  await run(draining);
  expect(revisions()).toEqual([2, 2]);
});

test('another region out of reach is named, and the publish counts', async () => {
  const { ports, run } = await world();
  ports.routing.fault(K1_REGION, 'unreachable');
  const result = await run(draining);
  expect(result).toMatchObject({ kind: 'published', reasons: ['eu-west-1: eu-west-1: fault injected'] });
});

test('a newer owner stops the step before anything is written', async () => {
  const { ports, run } = await world(claimedState(config, { open: claimOf({ execution: 'another' }) }));
  const written = ports.routing.written.length;
  expect(await run(draining)).toMatchObject({ kind: 'superseded' });
  expect(ports.routing.written).toHaveLength(written);
});

test('a claim that is taken over while the value is written ends superseded and tells nobody', async () => {
  const { ports, run } = await world();
  let reads = 0;
  ports.control.faults.beforeEach(async (method) => {
    if (method !== 'readSet' || (reads += 1) !== 2) return;
    const state = (await ports.control.readSet('clients-k1'))!;
    await ports.control.writeSet({
      ...state,
      open: claimOf({ execution: 'another', published: true }),
      version: state.version + 1,
    });
  });
  expect((await run(draining)).kind).toBe('superseded');
  expect(ports.events.named('RoutingPublished')).toEqual([]);
});

test('a value that lands on top of a newer one is written over by the newer one', async () => {
  const { ports, run, revisions } = await world();
  let hooked = false;
  ports.control.faults.beforeEach(async (method) => {
    if (method !== 'readSet' || hooked || (await ports.control.stage('clients-k1', 1, draining.stage)) === null) return;
    hooked = true;
    const state = (await ports.control.readSet('clients-k1'))!;
    const newer = routingOf(config, { phase: 'refuge', epoch: 1, revision: 3 });
    await ports.control.writeSet({
      ...state,
      revision: 3,
      phase: 'refuge',
      routing: newer,
      version: state.version + 1,
    });
  });
  await run(draining);
  expect(revisions()).toEqual([3, 3]);
});

test('a late run of an earlier stage does not take clients back', async () => {
  const { run, revisions, state } = await world();
  await run(draining);
  await run(refuge);
  expect(await run(draining)).toMatchObject({ kind: 'published', sentence: expect.stringContaining('later stage') });
  expect(revisions()).toEqual([3, 3]);
  expect((await state()).phase).toBe('refuge');
});

test('a conflicting write is met by reading again, not by a second revision', async () => {
  const { ports, run, state } = await world();
  let done = false;
  ports.control.faults.beforeEach(async (method) => {
    if (method !== 'writeSet' || done) return;
    done = true;
    const present = (await ports.control.readSet('clients-k1'))!;
    await ports.control.writeSet({ ...present, mode: 'approve', version: present.version + 1 });
  });
  expect((await run(draining)).kind).toBe('published');
  const after = await state();
  expect([after.revision, after.mode]).toEqual([2, 'approve']);
});

test('a value somebody wrote by hand under a higher revision is outrun', async () => {
  const { ports, run, revisions } = await world();
  ports.routing.edit(
    K1_REGION,
    routingParameter('orders', 'clients-k1'),
    JSON.stringify(routingOf(config, { phase: 'home', revision: 40 })),
  );
  await run(draining);
  expect(revisions()).toEqual([41, 41]);
});

test('a value of a higher epoch holds the move: another controller has moved the set', async () => {
  const { ports, run, revisions } = await world();
  ports.routing.edit(
    K1_REGION,
    routingParameter('orders', 'clients-k1'),
    JSON.stringify(routingOf(config, { phase: 'refuge', epoch: 5, revision: 40 })),
  );
  const result = await run(draining);
  expect(result.kind).toBe('held');
  expect(result.sentence).toContain('eu-west-1 holds a value of epoch 5');
  expect(revisions()).toEqual([40, 1]);
});

test('after a drain that ended by keep-both, consumers go on reading both topics', async () => {
  const { ports, run } = await world();
  await run(draining);
  await ports.control.putStage('clients-k1', {
    epoch: 1,
    stage: 'Measure drain',
    firstAtMs: 0,
    lastAtMs: 0,
    kind: 'keep-both',
  });
  await run(refuge);
  expect(ports.routing.peekRouting(K2_REGION, 'clients-k1')?.consumers.read).toBe('both');
});

const back = { move: 'failback', epoch: 2 } as const;
const consumersBack = stepInput({
  ...back,
  stage: 'Publish routing (returning consumers)',
  phase: 'returning',
  target: 'consumers',
});
const atRefuge = (keepBoth: boolean): SetState =>
  stateOf(config, {
    epoch: 2,
    revision: 3,
    phase: 'refuge',
    routing: routingOf(config, { phase: 'refuge', keepBoth, epoch: 1, revision: 3 }),
    open: claimOf({ epoch: 2, move: 'failback', from: 'refuge' }),
  });

test('a failback has nothing to tell consumers that read only their own topics', async () => {
  const { run, revisions } = await world(atRefuge(false));
  expect((await run(consumersBack)).kind).toBe('not-needed');
  expect(revisions()).toEqual([3, 3]);
});
test('a failback first takes consumers off the remote topics', async () => {
  const { ports, run } = await world(atRefuge(true));
  expect((await run(consumersBack)).kind).toBe('published');
  expect(ports.routing.peekRouting(K2_REGION, 'clients-k1')).toMatchObject({
    revision: 4,
    phase: 'returning',
    consumers: { read: 'local' },
    producers: { cluster: 'K2' },
  });
});
test('once told, a second run publishes it again instead of calling it not needed', async () => {
  const { run } = await world(atRefuge(true));
  await run(consumersBack);
  expect((await run(consumersBack)).kind).toBe('published');
});
test('a failback walks through returning and ends at home', async () => {
  const { run, state, ports } = await world(atRefuge(true));
  await run(consumersBack);
  await run(
    stepInput({ ...back, stage: 'Publish routing (returning producers)', phase: 'returning', target: 'producers' }),
  );
  ports.clock.advance(60_000);
  await run(stepInput({ ...back, stage: 'Publish routing (home)', phase: 'home' }));
  const after = await state();
  expect([after.phase, after.revision, after.returnedHomeAtMs]).toEqual(['home', 6, TEN_O_CLOCK + 60_000]);
});
test('a value that grew too large holds the move before a revision is taken', async () => {
  const large = withTopics(config, 150);
  const { run, state } = await world(claimedState(config), large);
  expect(await run(draining)).toMatchObject({ kind: 'held' });
  expect((await state()).revision).toBe(1);
});

test.each(['returning', 'home'] as const)(
  'a failback sends nobody to a home that is confirmed lost again (phase %s)',
  async (phase) => {
    const { ports, run, revisions } = await world(atRefuge(false));
    await ports.control.putVerdict(storedVerdict('cluster:K1', 'CONFIRMED_DOWN'));
    const step = stepInput({ ...back, stage: `Publish routing (${phase})`, phase, target: 'producers' });
    expect(await run(step)).toMatchObject({
      kind: 'held',
      sentence: expect.stringContaining('K1 is lost, so nobody is sent there'),
    });
    expect(revisions()).toEqual([3, 3]);
  },
);
