/** Guards that ask more than verdicts: expected loss, pauses, other moves, rehearsals, the outside world. */
import { describe, expect, test } from '@jest/globals';
import { replay } from '../../../core/move/replay.ts';
import { setLook } from '../../support/builders/judgement.ts';
import { BY_PERSON, BY_RULE, lossOf, outage, type Outage } from '../../support/builders/outage.ts';
import { claimOf, K1_REGION, K2_REGION, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const HOOK = 'arn:aws:lambda:eu-central-1:111122223333:function:may-we-move';
const DRY = { ...BY_PERSON, dryRun: true };
const reasonsOf = (reasons: readonly string[], id: string) => reasons.filter((reason) => reason.startsWith(id));

describe('more may be lost than allowed', () => {
  // 2 x 20 missing, and 2 x 10 a second for 90 s: 40 to 1840.
  const losing = async (set: object = { rpo: { records: 1839 } }): Promise<Outage> => {
    const world = await outage(set);
    await lossOf(world, 20);
    return world;
  };

  test('a rule is refused, with the range, its age and the limit', async () => {
    const { ask } = await losing();
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'declined',
      reasons: [
        'G3: up to 1840 records, allowed 1839; expected loss 40 to 1840 records (2 to 92 s), by log ends of 2026-11-22T09:58:30Z, 90 s old, at up to 20 records/s',
      ],
    });
  });

  test('exactly what is allowed moves', async () => {
    expect((await (await losing({ rpo: { records: 1840 } })).ask(BY_RULE)).kind).toBe('claimed');
  });

  test('without a limit it moves', async () => {
    expect((await (await losing({})).ask(BY_RULE)).kind).toBe('claimed');
  });

  test('without a limit it moves also when the samples cannot be read, and the record says so', async () => {
    const { ask, ports } = await losing({});
    ports.control.faults.failAlways('homeSamples');
    expect((await ask(BY_RULE)).kind).toBe('claimed');
    const [decision] = await ports.control.decisions('clients-k1', 1);
    expect(decision?.inputs).toMatchObject({
      loss: { kind: 'unknown', because: [expect.stringContaining('homeSamples')] },
    });
  });

  test('with a limit and samples that cannot be read it is refused', async () => {
    const { ask, ports } = await losing();
    ports.control.faults.failAlways('homeSamples');
    expect((await ask(BY_RULE)).kind).toBe('declined');
  });

  test('an approval that comes late weighs the looks up to the claim, and reads no later ones', async () => {
    const { ask, ports, verdicts } = await losing({ mode: 'approve' });
    expect((await ask(BY_RULE)).kind).toBe('approval-needed');
    const claimedAtMs = ports.clock.nowMs();
    ports.clock.advance(60_000);
    await verdicts('CONFIRMED_DOWN');
    const asked: unknown[][] = [];
    const flowsSince = ports.observations.flowsSince.bind(ports.observations);
    ports.observations.flowsSince = (...args) => {
      asked.push(args);
      return flowsSince(...args);
    };
    expect((await ask(BY_RULE, { approvedBy: 'ada' })).kind).toBe('claimed');
    expect(asked.map(([, , , untilMs]) => untilMs)).toEqual([claimedAtMs]);
  });

  test('a limit and nobody knows the loss: refused', async () => {
    const { ask } = await outage({ rpo: { records: 1_000_000 } });
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'declined',
      reasons: ['G3: expected loss is unknown: no look at the flow tells what it has copied'],
    });
  });

  test('a person who says nothing about it is refused too', async () => {
    expect((await (await losing()).ask(BY_PERSON)).kind).toBe('refused');
  });

  test.each([['acceptDataLoss'], ['force']])('a person lifts it by %s', async (lifting) => {
    expect((await (await losing()).ask({ ...BY_PERSON, [lifting]: true })).kind).toBe('claimed');
  });

  test('a rule cannot accept a loss', async () => {
    expect((await (await losing()).ask({ ...BY_RULE, acceptDataLoss: true })).kind).toBe('declined');
  });

  test('who accepted what is in the record', async () => {
    const { ask, decisions } = await losing();
    await ask({ ...BY_PERSON, acceptDataLoss: true });
    const claim = (await decisions()).find(({ kind }) => kind === 'claim');
    expect(claim?.guards.find(({ id }) => id === 'G3')?.sentence).toContain('accepted by ada for this epoch');
  });

  test('it was accepted for that epoch only', async () => {
    const { ask, change } = await losing();
    await ask({ ...BY_PERSON, acceptDataLoss: true });
    await change({ open: undefined });
    expect((await ask(BY_RULE, { execution: 'two' })).kind).toBe('declined');
    expect((await ask(BY_PERSON, { execution: 'three' })).kind).toBe('refused');
  });

  test('what grows while a person is asked is not held against the approval', async () => {
    const { ask, ports, verdicts } = await losing({ mode: 'approve', rpo: { records: 1840 } });
    expect((await ask(BY_RULE)).kind).toBe('approval-needed');
    ports.clock.advance(60_000);
    await verdicts('CONFIRMED_DOWN');
    expect((await ask(BY_RULE, { approvedBy: 'ada' })).kind).toBe('claimed');
  });

  test('a dry run shows it', async () => {
    expect((await (await losing()).ask(DRY)).reasons.join('\n')).toContain('expected loss 40 to 1840 records');
  });
});

describe('a wider pause', () => {
  const until = { owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 };
  test.each([
    ['the pair', { kind: 'pair' }, 'the pair is paused by ada until 2026-11-22T10:00:00.001Z: works'],
    [
      'cluster K2',
      { kind: 'cluster', cluster: 'K2' },
      'cluster K2 is paused by ada until 2026-11-22T10:00:00.001Z: works',
    ],
  ] as const)('of %s refuses a rule and is named', async (_story, scope, sentence) => {
    const { ask, ports } = await outage();
    await ports.control.putPause({ ...until, scope });
    expect(await ask(BY_RULE)).toMatchObject({ kind: 'declined', reasons: [`G7: ${sentence}`] });
    expect((await ask(BY_PERSON, { execution: 'two' })).kind).toBe('claimed');
  });

  test('that ended while home is down: the next report moves, from what stands', async () => {
    const { ask, ports } = await outage();
    await ports.control.putPause({ ...until, scope: { kind: 'pair' } });
    expect((await ask(BY_RULE)).kind).toBe('declined');
    ports.clock.advance(1);
    expect((await ask(BY_RULE, { execution: 'two' })).kind).toBe('claimed');
  });
});

describe('the table above the pairs', () => {
  const pause = { owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 };
  const above = () => outage({}, { shared: { table: 'mm2-failover-shared' } });

  test('a pause of every pair refuses a rule and is named, and the record decides the same again', async () => {
    const { ask, ports, decisions } = await above();
    await ports.shared!.putPause(pause);
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'declined',
      reasons: ['G7: every pair is paused by ada until 2026-11-22T10:00:00.001Z: works'],
    });
    const [decision] = await decisions();
    expect(decision!.inputs).toMatchObject({
      pauses: [{ ...pause, scope: { kind: 'all' } }],
      abovePairs: { kind: 'read' },
    });
    expect(replay(decision!)).toEqual({ kind: 'same' });
  });

  test('a pause of every pair stops no person', async () => {
    const { ask, ports } = await above();
    await ports.shared!.putPause(pause);
    expect((await ask(BY_PERSON)).kind).toBe('claimed');
  });

  test('its end lets the next report move, from what stands', async () => {
    const { ask, ports } = await above();
    await ports.shared!.putPause(pause);
    await ask(BY_RULE);
    ports.clock.advance(1);
    expect((await ask(BY_RULE, { execution: 'two' })).kind).toBe('claimed');
  });

  test('without a pause a rule moves', async () => {
    expect((await (await above()).ask(BY_RULE)).kind).toBe('claimed');
  });

  test('unreadable, it refuses a rule with a sentence of its own, and the record decides the same again', async () => {
    const { ask, ports, decisions } = await above();
    ports.shared!.faults.failAlways('pause', new Error('no answer'));
    expect(await ask(BY_RULE)).toMatchObject({
      reasons: [
        'G7-known: whether every pair is paused is not known, which counts as a pause: shared table mm2-failover-shared could not be read: no answer',
      ],
    });
    expect(replay((await decisions())[0]!)).toEqual({ kind: 'same' });
  });

  test('unreadable, it never stops a person', async () => {
    const { ask, ports } = await above();
    ports.shared!.faults.failAlways('pause');
    expect((await ask(BY_PERSON)).kind).toBe('claimed');
  });

  test('unreadable, it rings: nobody has chosen that', async () => {
    const { ask, ports } = await above();
    ports.shared!.faults.failAlways('pause');
    await ask(BY_RULE);
    expect(ports.metrics.points.filter(({ name }) => name === 'FailoversRefused')).toHaveLength(1);
  });

  test('not configured, it is not asked for', async () => {
    const { ask, decisions } = await outage();
    await ask(BY_RULE);
    expect((await decisions())[0]!.inputs).not.toHaveProperty('abovePairs');
  });
});

describe('pairs at once', () => {
  const shared = { table: 'mm2-failover-shared', pairsAtOnce: 1 };
  const one = (set: object = {}) => outage(set, { shared });
  const other = { pair: 'bills', clientSet: 'clients-a', epoch: 4, untilMs: TEN_O_CLOCK + 300_000 };
  const own = { pair: 'orders', clientSet: 'clients-k1', epoch: 1, untilMs: TEN_O_CLOCK + 300_000 };
  const busy = async (set?: object): Promise<Outage> => {
    const world = await one(set);
    await world.ports.shared!.writeMoves({ moves: [other], version: 1 });
    return world;
  };
  const free = async ({ ports }: Outage) => {
    const present = await ports.shared!.moves();
    await ports.shared!.writeMoves({ ...present, moves: [], version: present.version + 1 });
  };
  const entered = async ({ ports }: Outage) => (await ports.shared!.moves()).moves;
  const REFUSED = 'G9-pairs: other pairs that are moving: bills (clients-a, epoch 4); at most 1 at once';

  test('a move enters for five turns of reconcile before it is claimed', async () => {
    const world = await one();
    expect((await world.ask(BY_RULE)).kind).toBe('claimed');
    expect(await entered(world)).toEqual([own]);
    const [writes, claims] = [world.ports.shared!.faults.calls, world.ports.control.faults.calls];
    expect([writes.includes('writeMoves'), claims.includes('writeSet')]).toEqual([true, true]);
  });

  test('another pair moves: a rule is refused and claims nothing, and its next report moves once that one is done', async () => {
    const world = await busy();
    const { ask, state } = world;
    expect(await ask(BY_RULE)).toMatchObject({ kind: 'declined', reasons: [REFUSED] });
    expect((await state()).open).toBeUndefined();
    await free(world);
    expect((await ask(BY_RULE, { execution: 'two' })).kind).toBe('claimed');
    expect(await entered(world)).toEqual([own]);
  });

  describe('in turns', () => {
    const waiting = async ({ ports }: Outage) => (await ports.shared!.moves()).waiting;
    const mine = { pair: 'orders', sinceMs: TEN_O_CLOCK, untilMs: TEN_O_CLOCK + 180_000 };

    test('who is refused for want of a place waits for the next one, for three minutes after it last asked', async () => {
      const world = await busy();
      await world.ask(BY_RULE);
      expect(await waiting(world)).toEqual([mine]);
      world.ports.clock.advance(60_000);
      await world.verdicts('CONFIRMED_DOWN');
      await world.ports.observations.putSet(setLook({ atMs: world.ports.clock.nowMs() }));
      await world.ask(BY_RULE, { execution: 'two' });
      expect(await waiting(world)).toEqual([{ ...mine, untilMs: TEN_O_CLOCK + 240_000 }]);
    });

    test('the place is free, and another pair has asked before: it has the turn', async () => {
      const world = await busy();
      const stock = { ...mine, pair: 'stock' };
      await world.ports.shared!.writeMoves({ moves: [], waiting: [stock], version: 2 });
      expect((await world.ask(BY_RULE)).reasons).toEqual([
        'G9-pairs: other pairs that are moving: none; at most 1 at once; before it waits stock',
      ]);
      expect([await entered(world), await waiting(world)]).toEqual([[], [stock, mine]]);
      expect(replay((await world.decisions())[0]!)).toEqual({ kind: 'same' });
    });

    test('who gets a place waits no more', async () => {
      const world = await busy();
      await world.ask(BY_RULE);
      await free(world);
      await world.ask(BY_RULE, { execution: 'two' });
      expect([await entered(world), await waiting(world)]).toEqual([[own], undefined]);
    });

    test('who has something else in the way does not wait, and holds up nobody', async () => {
      const world = await busy();
      await world.ports.control.putPause({
        owner: 'ada',
        reason: 'works',
        untilMs: TEN_O_CLOCK + 60_000,
        setAtMs: TEN_O_CLOCK,
        scope: { kind: 'pair' },
      });
      expect((await world.ask(BY_RULE)).reasons).toHaveLength(2);
      expect(await waiting(world)).toBeUndefined();
    });

    test('a dry run does not wait', async () => {
      const world = await busy();
      await world.ask({ ...DRY, trigger: 'automatic' });
      expect(await waiting(world)).toBeUndefined();
    });

    test('a line that cannot be written costs the turn, and changes no answer', async () => {
      const world = await busy();
      world.ports.shared!.faults.failAlways('writeMoves', new Error('no answer'));
      expect(await world.ask(BY_RULE)).toMatchObject({ kind: 'declined', reasons: [REFUSED] });
      expect(world.ports.log.lines.map(({ message }) => message)).toContain(
        'the pair does not wait in the table above the pairs',
      );
    });
  });

  test('a pair that was not heard of for five turns is no longer waited for', async () => {
    const { ask, ports, verdicts } = await busy();
    ports.clock.advance(300_000);
    await verdicts('CONFIRMED_DOWN');
    await ports.observations.putSet(setLook({ atMs: ports.clock.nowMs() }));
    expect((await ask(BY_RULE)).kind).toBe('claimed');
  });

  test('another pair takes the last place between our look and our claim: refused, recorded, nothing claimed', async () => {
    const world = await one();
    let once = false;
    world.ports.shared!.faults.beforeEach(async (method) => {
      if (method !== 'writeMoves' || once) return;
      once = true;
      await world.ports.shared!.writeMoves({ moves: [other], version: 1 });
    });
    expect(await world.ask(BY_RULE)).toMatchObject({ kind: 'declined', reasons: [REFUSED] });
    expect([await entered(world), (await world.state()).open]).toEqual([[other], undefined]);
    const [decision] = await world.decisions();
    expect([decision!.kind, replay(decision!)]).toEqual(['refused', { kind: 'same' }]);
  });

  test('a table that takes no entry refuses a rule, and its record decides the same again', async () => {
    const { ask, ports, state, decisions } = await one();
    ports.shared!.faults.failAlways('writeMoves', new Error('no answer'));
    expect((await ask(BY_RULE)).reasons).toEqual([
      'G7-known: whether every pair is paused is not known, which counts as a pause: shared table mm2-failover-shared could not be read: no answer',
    ]);
    expect((await state()).open).toBeUndefined();
    expect(replay((await decisions())[0]!)).toEqual({ kind: 'same' });
  });

  test('an answer that was lost leaves an entry under which the next start claims', async () => {
    const world = await one();
    world.ports.shared!.faults.failNext('writeMoves', 'after');
    expect((await world.ask(BY_RULE)).kind).toBe('declined');
    expect(await entered(world)).toEqual([own]);
    expect((await world.ask(BY_RULE, { execution: 'two' })).kind).toBe('claimed');
  });

  test.each(['moves', 'writeMoves'] as const)('a person moves although "%s" fails', async (method) => {
    const { ask, ports } = await one();
    ports.shared!.faults.failAlways(method);
    expect((await ask(BY_PERSON)).kind).toBe('claimed');
  });

  test('a person is not limited, and the others see the move', async () => {
    const world = await busy();
    expect((await world.ask(BY_PERSON)).kind).toBe('claimed');
    expect(await entered(world)).toEqual([other, own]);
  });

  test('who waits for an approval has no place; with the approval it enters, whatever the limit', async () => {
    const world = await one({ mode: 'approve' });
    expect((await world.ask(BY_RULE)).kind).toBe('approval-needed');
    expect(await entered(world)).toEqual([]);
    await world.ports.shared!.writeMoves({ moves: [other], version: 1 });
    expect((await world.ask(BY_RULE, { approvedBy: 'ada' })).kind).toBe('claimed');
    expect(await entered(world)).toEqual([other, own]);
  });

  test('the run that claimed died and its entry is gone: judged again, it enters again', async () => {
    const world = await one();
    await world.ask(BY_RULE);
    await world.ports.shared!.writeMoves({ moves: [], version: 2 });
    expect((await world.ask(BY_RULE)).kind).toBe('claimed');
    expect(await entered(world)).toEqual([own]);
  });

  test('and another pair has the place meanwhile: the claim is given up before anything is published', async () => {
    const world = await one();
    await world.ask(BY_RULE);
    await world.ports.shared!.writeMoves({ moves: [other], version: 2 });
    expect(await world.ask(BY_RULE)).toMatchObject({
      kind: 'aborted',
      reasons: [`${REFUSED}; this move is not entered among them`],
    });
  });

  test('a dry run enters nothing', async () => {
    const world = await one();
    await world.ask(DRY);
    expect(await entered(world)).toEqual([]);
  });

  test('a pair without a limit of its own is seen by the others too', async () => {
    const world = await outage({}, { shared: { table: 'mm2-failover-shared' } });
    await world.ports.shared!.writeMoves({ moves: [other], version: 1 });
    expect((await world.ask(BY_RULE)).kind).toBe('claimed');
    expect(await entered(world)).toEqual([other, own]);
  });
});

describe('pairs that look down together', () => {
  const together = async (others: readonly string[]): Promise<Outage> => {
    const world = await outage({}, { shared: { table: 'mm2-failover-shared', downTogether: 0.5 } });
    for (const pair of ['orders', ...others])
      await world.ports.shared!.putReport({ pair, atMs: TEN_O_CLOCK, clusters: ['K1'], downAtMs: TEN_O_CLOCK });
    return world;
  };

  test('one alone moves', async () => {
    expect((await (await together([])).ask(BY_RULE)).kind).toBe('claimed');
  });

  test('two of two: a person is asked, who may say yes', async () => {
    const { ask, decisions } = await together(['bills']);
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'approval-needed',
      reasons: expect.arrayContaining([
        'G9-together: confirmed down within 300 s: 2 of 2 pairs (bills, orders); allowed together: up to 50 %',
      ]),
    });
    expect(replay((await decisions())[0]!)).toEqual({ kind: 'same' });
    expect((await ask(BY_RULE, { approvedBy: 'ada' })).kind).toBe('claimed');
  });

  test('a person moves without being asked', async () => {
    expect((await (await together(['bills'])).ask(BY_PERSON)).kind).toBe('claimed');
  });

  test('the second falls between the claim and the look after it: the claim is given up, and the next report asks', async () => {
    const world = await together([]);
    let once = false;
    world.ports.control.faults.beforeEach(async (method) => {
      if (method !== 'writeSet' || once) return;
      once = true;
      await world.ports.shared!.putReport({
        pair: 'bills',
        atMs: TEN_O_CLOCK,
        clusters: ['K1'],
        downAtMs: TEN_O_CLOCK,
      });
    });
    expect((await world.ask(BY_RULE)).kind).toBe('aborted');
    await world.change({ open: undefined });
    expect((await world.ask(BY_RULE, { execution: 'two' })).kind).toBe('approval-needed');
  });

  test.each(['reports', 'pause'] as const)('a table whose "%s" cannot be read refuses a rule', async (method) => {
    const { ask, ports } = await together([]);
    ports.shared!.faults.failAlways(method);
    expect((await ask(BY_RULE)).reasons.join()).toMatch(/^G7-known: /);
  });
});

describe('sets at once', () => {
  const THIRD = { home: 'K1', topics: ['stock'], groups: [{ id: 'stock' }], mode: 'automatic' };
  const crowded = async (open: object | undefined, atOnce = 1, name = 'clients-a'): Promise<Outage> => {
    const others = { [name]: THIRD };
    const base = pairConfig();
    const world = await outage(
      {},
      {
        moves: { setsAtOnce: atOnce },
        clientSets: { 'clients-k1': base.clientSets['clients-k1'], ...others },
      },
    );
    await world.ports.control.writeSet({
      ...stateOf(world.config, { epoch: 1, ...open }),
      clientSet: name,
      version: 1,
    });
    return world;
  };
  const moving = { open: claimOf({ execution: 'other', published: true }) };

  test('another one moves: a rule is refused, and its next report moves once that one is done', async () => {
    const { ask, change } = await crowded(moving);
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'declined',
      reasons: ['G9: other sets that are moving: clients-a (epoch 1); at most 1 at once'],
    });
    await change({ open: undefined }, 'clients-a');
    expect((await ask(BY_RULE, { execution: 'two' })).kind).toBe('claimed');
  });

  test.each<readonly [string, object | undefined, number, string]>([
    ['another one moves, two may', moving, 2, 'claimed'],
    ['the other one waits for an approval', { open: claimOf({ approval: 'pending' }) }, 1, 'claimed'],
    ['nobody else moves', undefined, 1, 'claimed'],
  ])('%s', async (_story, open, atOnce, kind) => {
    expect((await (await crowded(open, atOnce)).ask(BY_RULE)).kind).toBe(kind);
  });

  test('a person is not limited', async () => {
    expect((await (await crowded(moving)).ask(BY_PERSON)).kind).toBe('claimed');
  });

  /** The other one claims between our first look and our claim. */
  const claimedMeanwhile = async (name: string): Promise<Outage> => {
    const world = await crowded(undefined, 1, name);
    let once = false;
    world.ports.control.faults.beforeEach(async (method) => {
      if (method !== 'writeSet' || once) return;
      once = true;
      await world.change({ open: claimOf({ execution: 'other' }) }, name);
    });
    return world;
  };

  test('two claimed at once: the one whose name comes later gives way', async () => {
    expect((await (await claimedMeanwhile('clients-a')).ask(BY_RULE)).kind).toBe('aborted');
  });

  test('two claimed at once: the one whose name comes first keeps its claim, looks again and moves', async () => {
    const { ask, state, change } = await claimedMeanwhile('clients-z');
    expect((await ask(BY_RULE)).kind).toBe('unconfirmed');
    expect((await state()).open?.execution).toBe('one');
    await change({ open: undefined }, 'clients-z');
    expect((await ask(BY_RULE)).kind).toBe('claimed');
  });

  test('two claimed at once, the other one has published first: we give way', async () => {
    const { ask, change } = await claimedMeanwhile('clients-z');
    expect((await ask(BY_RULE)).kind).toBe('unconfirmed');
    await change({ open: claimOf({ execution: 'other', published: true }) }, 'clients-z');
    expect((await ask(BY_RULE)).kind).toBe('aborted');
  });

  test('nobody waits for ever with a claim', async () => {
    const { ask, ports, verdicts } = await claimedMeanwhile('clients-z');
    await ask(BY_RULE);
    ports.clock.advance(300_000);
    await verdicts('CONFIRMED_DOWN');
    expect((await ask(BY_RULE)).kind).toBe('aborted');
  });
});

describe('rehearsals', () => {
  const DAY = 86_400_000;
  const rehearsing = () => outage({}, { moves: { rehearsalDays: 7 } });

  test('nobody has rehearsed: a person is asked', async () => {
    const { ask } = await rehearsing();
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'approval-needed',
      reasons: expect.arrayContaining([
        'REHEARSED: no dry run of clients-k1 has gone through yet, asked for every 7 days',
      ]),
    });
  });

  test.each([
    ['a week ago', 7 * DAY, 'claimed'],
    ['a week and a moment ago', 7 * DAY + 1, 'approval-needed'],
  ])('rehearsed %s', async (_story, agoMs, kind) => {
    const { ask, ports } = await rehearsing();
    await ports.control.putRehearsal('clients-k1', { atMs: TEN_O_CLOCK - agoMs, by: 'ada', kind: 'dry-run' });
    expect((await ask(BY_RULE)).kind).toBe(kind);
  });

  test('a dry run while home is well counts: nothing else was in the way', async () => {
    const { ask, ports, verdicts } = await rehearsing();
    await verdicts('HEALTHY');
    expect((await ask(DRY)).sentence).toContain('would not move');
    expect(await ports.control.rehearsal('clients-k1')).toEqual({ atMs: TEN_O_CLOCK, by: 'ada', kind: 'dry-run' });
  });

  test.each<readonly [string, (world: Outage) => unknown]>([
    ['the refuge is not well', ({ verdicts }) => verdicts('HEALTHY', 'SUSPECTED_DOWN')],
    [
      'a topic is missing',
      ({ ports }) =>
        ports.observations.putSet({ pair: 'orders', clientSet: 'clients-k1', atMs: TEN_O_CLOCK, problems: [] }),
    ],
    ['no parameter can be put', ({ ports }) => ports.scratch.breakRegion(K2_REGION)],
  ])('a dry run that finds that %s does not count', async (_story, spoil) => {
    const world = await rehearsing();
    await spoil(world);
    await world.ask(DRY);
    expect(await world.ports.control.rehearsal('clients-k1')).toBeNull();
  });

  test('a start is no rehearsal', async () => {
    const { ask, ports } = await outage();
    await ask(BY_PERSON);
    expect(await ports.control.rehearsal('clients-k1')).toBeNull();
  });
});

describe('could it be finished', () => {
  test('a parameter is put in every region of the set, once', async () => {
    const { ask, ports } = await outage();
    await ask(BY_RULE);
    expect(ports.scratch.written.map(({ region, clientSet }) => [region, clientSet])).toEqual([
      [K2_REGION, 'clients-k1'],
      [K1_REGION, 'clients-k1'],
    ]);
  });

  test('not in the region of the refuge: refused, no epoch is used', async () => {
    const { ask, ports, state } = await outage();
    ports.scratch.breakRegion(K2_REGION);
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'declined',
      reasons: ['G13: a routing value could not be put in eu-central-1 now: eu-central-1: fault injected'],
    });
    expect(await state()).toMatchObject({ epoch: 0 });
  });

  test('not in the region of home: it moves, and the record says so', async () => {
    const { ask, ports, decisions } = await outage();
    ports.scratch.breakRegion(K1_REGION);
    expect((await ask(BY_RULE)).kind).toBe('claimed');
    const said = (await decisions())[0]?.guards.find(({ id }) => id === 'G13')?.sentence;
    expect(said).toContain(
      'eu-west-1 could not be reached (eu-west-1: fault injected), reconcile would write there later',
    );
  });

  test('the region of the refuge answers that it is busy: that is no reason not to begin', async () => {
    const { ask, ports } = await outage();
    ports.scratch.breakRegion(K2_REGION, 'busy');
    expect((await ask(BY_RULE)).kind).toBe('claimed');
  });

  test('force of a person does not pass over it', async () => {
    const { ask, ports } = await outage();
    ports.scratch.breakRegion(K2_REGION);
    expect((await ask({ ...BY_PERSON, force: true })).kind).toBe('refused');
  });

  test('nothing is put for a start that is refused anyway', async () => {
    const { ask, ports, verdicts } = await outage();
    await verdicts('HEALTHY');
    await ask(BY_RULE);
    expect(ports.scratch.written).toEqual([]);
  });
});

describe('a veto hook', () => {
  const hooked = (set: object = { hooks: { veto: HOOK } }, top: object = {}) => outage(set, top);
  const objecting = async (): Promise<Outage> => {
    const world = await hooked();
    world.ports.hooks.replies({ kind: 'answered', answer: { veto: true, reason: 'closing of the books' } });
    return world;
  };

  test('is asked once, before the claim, with what is about to happen and a bounded time', async () => {
    const { ask, ports } = await hooked();
    await lossOf({ ports } as Outage, 20);
    expect((await ask(BY_RULE)).kind).toBe('claimed');
    expect(ports.hooks.asked).toEqual([
      {
        functionArn: HOOK,
        patienceMs: 5_000,
        question: {
          pair: 'orders',
          clientSet: 'clients-k1',
          move: 'failover',
          from: 'K1',
          to: 'K2',
          trigger: 'automatic',
          requestedBy: 'assess',
          reason: 'K1 is CONFIRMED_DOWN',
          epoch: 1,
          dryRun: false,
          sentence: 'failover of clients-k1 from K1 to K2 as epoch 1, asked by assess: K1 is CONFIRMED_DOWN',
          expectedLoss: expect.stringContaining('40 to 1840 records'),
          askedAtMs: TEN_O_CLOCK,
        },
      },
    ]);
  });

  test('is told the epoch that a failover will be which takes the place of a failback', async () => {
    const { ask, change, ports } = await outage({ hooks: { veto: HOOK } });
    const open = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true, execution: 'two' });
    await change({ phase: 'returning', epoch: 2, open });
    expect(await ask(BY_RULE)).toMatchObject({ kind: 'claimed', epoch: 3 });
    expect(ports.hooks.asked.map(({ question }) => (question as { epoch: number }).epoch)).toEqual([3]);
  });

  test('that objects refuses the move with its reason, and no epoch is used', async () => {
    const { ask, state } = await objecting();
    expect(await ask(BY_RULE)).toMatchObject({
      kind: 'declined',
      reasons: [`G12: veto hook ${HOOK} refuses the move: closing of the books`],
    });
    expect(await state()).toMatchObject({ epoch: 0, revision: 1 });
  });

  test('that objects to every report is recorded and announced once', async () => {
    const { ask, decisions, ports } = await objecting();
    for (const execution of ['one', 'two', 'three']) await ask(BY_RULE, { execution });
    expect([(await decisions()).length, ports.events.named('MoveRefused').length]).toEqual([1, 1]);
  });

  test('that gives no answer is a veto', async () => {
    const { ask, ports } = await hooked();
    ports.hooks.replies({ kind: 'failed', because: 'TimeoutError: aborted' });
    expect((await ask(BY_RULE)).sentence).toContain('gave no answer, which counts as a veto: TimeoutError: aborted');
  });

  test('is not passed over by force', async () => {
    expect((await (await objecting()).ask({ ...BY_PERSON, force: true })).kind).toBe('refused');
  });

  test('is asked again after an approval, and then aborts before anything is published', async () => {
    const { ask, ports } = await hooked({ mode: 'approve', hooks: { veto: HOOK } });
    expect((await ask(BY_RULE)).kind).toBe('approval-needed');
    expect(ports.hooks.asked).toEqual([]);
    ports.hooks.replies({ kind: 'answered', answer: { veto: true, reason: 'no' } });
    expect(await ask(BY_RULE, { approvedBy: 'ada' })).toMatchObject({
      kind: 'aborted',
      sentence: expect.stringContaining('refuses the move: no'),
    });
  });

  test('is told that a dry run is one', async () => {
    const { ask, ports } = await hooked();
    await ask(DRY);
    expect(ports.hooks.asked).toMatchObject([{ question: { dryRun: true } }]);
  });

  const THIRD_REGION = HOOK.replace('eu-central-1', 'eu-west-3');
  test.each([
    ['of the set goes before that of the pair', { hooks: { veto: HOOK } }, HOOK],
    ['of the pair is asked for a set without one', {}, THIRD_REGION],
  ])('%s', async (_story, set, asked) => {
    const { ask, ports } = await hooked(set, { hooks: { veto: THIRD_REGION } });
    await ask(BY_RULE);
    expect(ports.hooks.asked.map(({ functionArn }) => functionArn)).toEqual([asked]);
  });

  test('in the region of home is no configuration: it would be lost together with home', async () => {
    await expect(hooked({ hooks: { veto: HOOK.replace('eu-central-1', K1_REGION) } })).rejects.toThrow(
      'lies in eu-west-1, the region of K1',
    );
  });

  test('is not asked about a move that could not be finished', async () => {
    const { ask, ports } = await hooked();
    ports.scratch.breakRegion(K2_REGION);
    await ask(BY_RULE);
    expect(ports.hooks.asked).toEqual([]);
  });
});

test('what was looked at last is named in the answer of a dry run', async () => {
  const { ask } = await outage({ hooks: { veto: HOOK } });
  const { reasons } = await ask(DRY);
  expect([...reasonsOf(reasons, 'G13'), ...reasonsOf(reasons, 'G12')]).toEqual([
    'G13 holds: parameters can be put in eu-central-1, eu-west-1',
    `G12 holds: veto hook ${HOOK} does not object`,
  ]);
});
