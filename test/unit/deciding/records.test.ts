/** Whatever is asked, in whatever order, while tables fail: what was done is recorded, and can be decided again. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { replay } from '../../../core/move/replay.ts';
import { WITHOUT_EFFECT } from '../../../lambdas/claim-move/record.ts';
import { BY_PERSON, BY_RULE, lossOf, outage, type Outage } from '../../support/builders/outage.ts';
import { decision } from '../../contracts/support/records.ts';
import { K2_REGION } from '../../support/builders/pair.ts';

const HOOK = 'arn:aws:lambda:eu-central-1:111122223333:function:may-we-move';

type Act = readonly [string, (world: Outage, execution: string) => unknown];

const ACTS: readonly Act[] = [
  ['a rule asks', ({ ask }, execution) => ask(BY_RULE, { execution })],
  ['a person asks', ({ ask }, execution) => ask(BY_PERSON, { execution })],
  ['a person forces', ({ ask }, execution) => ask({ ...BY_PERSON, force: true }, { execution })],
  ['a dry run', ({ ask }, execution) => ask({ ...BY_PERSON, dryRun: true }, { execution })],
  [
    'the owner comes again',
    async ({ ask, ports }) => {
      const open = (await ports.control.readSet('clients-k1'))?.open;
      if (open) await ask(open.input, { execution: open.execution });
    },
  ],
  [
    'the owner comes with an approval',
    async ({ ask, ports }) => {
      const open = (await ports.control.readSet('clients-k1'))?.open;
      if (open) await ask(open.input, { execution: open.execution, approvedBy: 'ada' });
    },
  ],
  ['home is well', ({ verdicts }) => verdicts('HEALTHY')],
  ['home is down', ({ verdicts }) => verdicts('CONFIRMED_DOWN')],
  ['home is down as far as can be told', ({ verdicts }) => verdicts('CONFIRMED_DOWN_UNCORROBORATED')],
  ['a person must approve', ({ change }) => change({ mode: 'approve' })],
  ['automation may', ({ change }) => change({ mode: 'automatic' })],
  ['the epoch ends', ({ change }) => change({ open: undefined })],
  ['the hook objects', ({ ports }) => ports.hooks.replies({ kind: 'answered', answer: { veto: true } })],
  ['the hook does not object', ({ ports }) => ports.hooks.replies({ kind: 'answered', answer: { veto: false } })],
  ['the refuge takes no parameters', ({ ports }) => ports.scratch.breakRegion(K2_REGION)],
  ['much would be lost', (world) => lossOf(world, 500)],
  [
    'time passes',
    ({ ports }) => {
      ports.clock.advance(7_000);
    },
  ],
  ['a decision will not be stored', ({ ports }) => ports.control.faults.failNext('putDecision')],
  ['a decision is stored, its answer lost', ({ ports }) => ports.control.faults.failNext('putDecision', 'after')],
  ['a claim will not be stored', ({ ports }) => ports.control.faults.failNext('writeSet')],
  ['a claim is stored, its answer lost', ({ ports }) => ports.control.faults.failNext('writeSet', 'after')],
];

/** Kinds of the newest record, when an answer is given. `claimed` and its kin were judged again after the claim. */
const RECORD_OF: Readonly<Record<string, readonly string[]>> = {
  claimed: ['confirmed', 'approved'],
  refused: ['refused'],
  declined: ['refused'],
  aborted: ['aborted'],
  stale: ['stale'],
  'already-handled': ['already-handled', 'approves-open'],
  'dry-run': ['dry-run'],
};

/** Looks at the table at the instant of each write of a claim, and of each answer. */
function watched(world: Outage): Outage & { readonly unrecorded: readonly string[] } {
  const { control } = world.ports;
  const unrecorded: string[] = [];
  const write = control.writeSet.bind(control);
  control.writeSet = async (next) => {
    const before = (await control.readSet(next.clientSet))?.open;
    const records = await world.decisions();
    const claiming = records.filter(({ kind }) => kind === 'claim' || kind === 'ask');
    if (next.open && next.open.epoch !== before?.epoch && claiming.every(({ id }) => id !== next.open?.decisionId))
      unrecorded.push(`epoch ${next.open.epoch} is claimed`);
    const approving = records.filter(({ kind, epochSeen }) => kind === 'approved' && epochSeen === next.epoch);
    if (next.open?.approval === 'given' && before?.approval === 'pending' && approving.length === 0)
      unrecorded.push(`epoch ${next.open.epoch} is approved`);
    return write(next);
  };
  const ask: Outage['ask'] = async (input, changes) => {
    const result = await world.ask(input, changes);
    const records = await world.decisions();
    // Of one instant there may be several. What has no effect and comes again is stored once, before others of that sort.
    const effect = records.findIndex(({ kind }) => !WITHOUT_EFFECT.includes(kind));
    const sinceMs = records[effect === -1 ? records.length - 1 : effect]?.atMs ?? 0;
    const kinds = records.filter(({ atMs }) => atMs >= sinceMs).map(({ kind }) => kind);
    const wanted = RECORD_OF[result.kind];
    if (wanted && !wanted.some((kind) => kinds.includes(kind)))
      unrecorded.push(`"${result.kind}" is answered over ${kinds.join(', ')}: ${result.sentence}`);
    return result;
  };
  return { ...world, ask, unrecorded };
}

test('what one execution decides otherwise within the same millisecond has a record of its own', async () => {
  const { ask, verdicts, decisions } = await outage();
  await ask(BY_RULE);
  await verdicts('HEALTHY');
  expect((await ask(BY_RULE)).kind).toBe('aborted');
  const kinds = (await decisions()).map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(['aborted', 'claim', 'confirmed']);
});

test('nothing is claimed, approved, refused or given up before its record is stored, and every record decides the same again', async () => {
  const stories = fc.array(fc.nat(ACTS.length - 1), { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      const world = watched(await outage({ hooks: { veto: HOOK }, rpo: { records: 2_000 } }));
      await lossOf(world, 0);
      const claims: string[] = [];
      for (const [at, which] of story.entries()) {
        // A step that fails is retried by the workflow; here the next act comes instead.
        await Promise.resolve(ACTS[which]![1](world, `execution-${at}`)).catch(() => undefined);
        const open = (await world.ports.control.readSet('clients-k1').catch(() => null))?.open;
        if (open) claims.push(open.decisionId);
      }
      expect(world.unrecorded).toEqual([]);
      const decisions = await world.decisions();
      const claiming = decisions.filter(({ kind }) => kind === 'claim' || kind === 'ask').map(({ id }) => id);
      expect(claims.filter((id) => !claiming.includes(id))).toEqual([]);
      expect(decisions.map(replay).filter(({ kind }) => kind !== 'same')).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('what stands in a record is what is decided again: a changed verdict, kind or sentence is noticed', async () => {
  const { ask, decisions } = await outage();
  await ask(BY_RULE);
  const stored = (await decisions()).find(({ kind }) => kind === 'claim')!;
  const inputs = stored.inputs as { verdicts: { home: object } };
  const healthy = { ...inputs, verdicts: { ...inputs.verdicts, home: { ...inputs.verdicts.home, kind: 'HEALTHY' } } };
  expect(replay(stored)).toEqual({ kind: 'same' });
  expect(replay({ ...stored, inputs: healthy })).toMatchObject({
    kind: 'differs',
    because: 'stored as "claim", decided again it is "refused"',
  });
  expect(replay({ ...stored, kind: 'refused' }).kind).toBe('differs');
  expect(replay({ ...stored, sentence: 'because I say so' }).kind).toBe('differs');
  expect(replay({ ...stored, guards: stored.guards.slice(1) }).kind).toBe('differs');
});

test.each([
  ['confirmed', true],
  ['approved', true],
  ['aborted', false],
  ['dry-run', true],
])('a record of kind "%s" over guards that let it pass: fits %s', async (kind, fits) => {
  const { ask, decisions } = await outage();
  await ask(BY_RULE);
  const stored = (await decisions()).find((one) => one.kind === 'claim')!;
  expect(replay({ ...stored, kind }).kind).toBe(fits ? 'same' : 'differs');
});

test("a person's command was made of no guards", () => {
  expect(replay(decision('d', 1, { kind: 'pause', inputs: { command: 'pause' } }))).toEqual({ kind: 'not-judged' });
  expect(replay(decision('d', 1, { kind: 'concluded', inputs: null }))).toEqual({ kind: 'not-judged' });
});

test('a record of the release before, which knew fewer facts, is decided again by what it knew', async () => {
  const { ask, decisions } = await outage();
  await ask(BY_RULE);
  const stored = (await decisions()).find(({ kind }) => kind === 'claim')!;
  const {
    loss: _1,
    pauses: _2,
    moving: _3,
    rehearsedAtMs: _4,
    scratch: _5,
    veto: _6,
    ...older
  } = stored.inputs as Record<string, object>;
  const { acceptDataLoss: _7, ...request } = older['request'] as Record<string, unknown>;
  const { rpo: _8, ...place } = older['place'] as Record<string, unknown>;
  const { setsAtOnce: _9, rehearsalMs: _10, ...rules } = older['rules'] as Record<string, unknown>;
  const guards = stored.guards.filter(({ id }) => id !== 'G13');
  const reasons = stored.reasons.filter((reason) => !reason.startsWith('G13'));
  expect(replay({ ...stored, guards, reasons, inputs: { ...older, request, place, rules } })).toEqual({ kind: 'same' });
});
