/** Closes an epoch: figures first, then the claim by conditional write, then the news. Aborts only before the first publish. */
import { placedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Move, Phase } from '../../core/contracts/primitives.ts';
import { ConcludeMemory, remembered } from '../../core/contracts/stage-data.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import type { TailReport } from '../../core/contracts/tail.ts';
import { concludeClaim, withdrawClaim } from '../../core/move/claim.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { checkFence } from '../../core/move/fence.ts';
import { repeatsSentence, type Repeats } from '../../core/move/repeats.ts';
import { newestPositions } from '../gather/stay.ts';
import type { Ports } from '../ports.ts';
import { leave } from '../shared/pair-moves.ts';
import { changeSet, type SetChange } from '../shared/set-state.ts';
import { answer, noteStage } from '../shared/stage-record.ts';
import { tellBus, tellPeople } from '../shared/tell.ts';
import { evidenceLines, evidenceOf, leftUndoneBy, type Evidence } from './evidence.ts';

export type ConcludePorts = Pick<Ports, 'control' | 'shared' | 'events' | 'notifier' | 'clock' | 'log' | 'metrics'>;
type Result = StepResult<'conclude-move'>;
type Outcome = ConcludeMemory['outcome'];

export interface Here {
  readonly configVersion: string;
}

/** Where a finished move leaves its set. */
const DESTINATION: Readonly<Record<Move, Phase>> = { failover: 'refuge', switchover: 'refuge', failback: 'home' };

export const concludeMove =
  (ports: ConcludePorts, config: PairConfig, here: Here) =>
  async (input: StepInput): Promise<Result> => {
    const outcome = outcomeOf(input);
    const state = await ports.control.readSet(input.clientSet);
    const record = await ports.control.stage(input.clientSet, input.epoch, input.stage);
    const memory = remembered(ConcludeMemory, record?.data);
    // Closed by this very execution in an earlier run whose answer was lost: only the news may be missing.
    if (
      state !== null &&
      memory?.closedBy === input.execution &&
      state.epoch === input.epoch &&
      state.open === undefined
    )
      return announce(ports, config, input, { outcome, state });
    const fence = checkFence(state, input);
    if (fence.kind === 'superseded') return answer('superseded', fence.sentence, [fence.sentence]);
    const refusal = refusalOf(outcome, input, fence.state, fence.claim);
    if (refusal !== undefined) return answer('held', refusal, [refusal]);

    await ports.control.putDecision(
      await decisionOf(ports, config, here, { input, outcome, state: fence.state, claim: fence.claim }),
    );
    await noteStage(ports, input, {
      kind: 'closing',
      data: { closedBy: input.execution, outcome } satisfies ConcludeMemory,
    });
    const closed = await close(ports, input, outcome);
    if (closed.kind === 'superseded') return answer('superseded', closed.sentence, [closed.sentence]);
    return announce(ports, config, input, { outcome, state: closed.state });
  };

/** Told by the stage: one workflow may end in several ways. */
const outcomeOf = ({ stage }: StepInput): Outcome =>
  stage.includes('(aborted)') ? 'aborted' : stage.includes('(undone)') ? 'undone' : 'done';

function refusalOf(outcome: Outcome, input: StepInput, state: SetState, claim: Claim): string | undefined {
  if (outcome === 'aborted')
    return claim.published
      ? `epoch ${input.epoch} cannot be aborted: revision ${state.revision} is published and clients may have acted on it; resume or proceed leads forward`
      : undefined;
  const destination = outcome === 'undone' ? 'home' : DESTINATION[input.move];
  return state.phase === destination
    ? undefined
    : `the ${input.move} of "${input.clientSet}" cannot be concluded in phase ${state.phase}; it ends in phase ${destination}, so a publish was skipped`;
}

type Closed =
  { readonly kind: 'closed'; readonly state: SetState } | { readonly kind: 'superseded'; readonly sentence: string };

const close = (ports: ConcludePorts, input: StepInput, outcome: Outcome): Promise<Closed> => {
  const atMs = ports.clock.nowMs();
  return changeSet(ports.control, input.clientSet, (state): SetChange<Closed> => {
    const fence = checkFence(state, input);
    if (fence.kind === 'superseded') return { kind: 'leave', result: fence };
    const next = outcome === 'aborted' ? withdrawClaim(fence.state) : concludeClaim(fence.state, { atMs });
    return { kind: 'write', next, result: { kind: 'closed', state: next } };
  });
};

async function gather(
  ports: ConcludePorts,
  config: PairConfig,
  input: StepInput,
  at: { state: SetState; claimedAtMs: number; outcome: Outcome },
): Promise<Evidence> {
  const { home = '', refuge = '' } = placedSet(config, input.clientSet) ?? {};
  const [stages, own, homeVerdict, repeats] = await Promise.all([
    ports.control.stages(input.clientSet, input.epoch),
    ports.control.positions(input.clientSet, input.epoch),
    ports.control.verdict(`cluster:${home}`),
    statedRepeats(ports, input),
  ]);
  // A way home restores what the move that led away has pinned, and keeps it there.
  const positions = own.length > 0 || input.move !== 'failback' ? own : await newestPositions(ports.control, input);
  return evidenceOf({
    ...at,
    places: { home, refuge },
    move: input.move,
    stages,
    positions,
    homeVerdict,
    repeats,
    nowMs: ports.clock.nowMs(),
  });
}

/** How far to look back for the question: a way home without the refuge may wait for a week. */
const RECENT = 200;

/** Of a way home without the refuge: the newest that a person was asked on, which leads to an epoch that has leapt. */
async function statedRepeats(
  { control }: ConcludePorts,
  { clientSet, move, epoch }: StepInput,
): Promise<Repeats | undefined> {
  if (move !== 'failback' || (await control.readSet(clientSet))?.leapt !== epoch) return undefined;
  const asked = (await control.decisions(clientSet, RECENT)).find(
    ({ kind, inputs }) => kind === 'ask' && withoutRefugeOf(inputs) !== undefined,
  );
  return withoutRefugeOf(asked?.inputs)?.repeats;
}

const withoutRefugeOf = (inputs: unknown): MoveFacts['withoutRefuge'] =>
  (inputs as Partial<MoveFacts> | null | undefined)?.withoutRefuge;

interface Closing {
  readonly input: StepInput;
  readonly outcome: Outcome;
  readonly state: SetState;
  readonly claim: Claim;
}

async function decisionOf(
  ports: ConcludePorts,
  config: PairConfig,
  here: Here,
  { input, outcome, state, claim }: Closing,
) {
  return {
    id: decisionId(input, outcome),
    pair: input.pair,
    clientSet: input.clientSet,
    atMs: ports.clock.nowMs(),
    epochSeen: input.epoch,
    move: input.move,
    trigger: claim.trigger,
    requestedBy: claim.requestedBy,
    kind: outcome === 'done' ? 'concluded' : outcome,
    sentence: sentenceOf(input, outcome, state),
    reasons: [],
    guards: [],
    inputs: await gather(ports, config, input, { state, claimedAtMs: claim.claimedAtMs, outcome }),
    configVersion: here.configVersion,
  };
}

const decisionId = (input: StepInput, outcome: Outcome): string => `${input.clientSet}-${input.epoch}-${outcome}`;

const sentenceOf = (input: StepInput, outcome: Outcome, state: SetState): string =>
  outcome === 'aborted'
    ? `the ${input.move} of "${input.clientSet}" (epoch ${input.epoch}) is aborted; nothing was published, the set stays in phase ${state.phase}`
    : `the ${input.move} of "${input.clientSet}" (epoch ${input.epoch}) is ${outcome}; the set is in phase ${state.phase}, revision ${state.revision}`;

/**
 * Everything after the claim is closed may be repeated: figures come from the stored decision, the event may arrive
 * twice. The move is over whether or not anybody could be told: what was not told is whole in the log.
 */
async function announce(
  ports: ConcludePorts,
  config: PairConfig,
  input: StepInput,
  end: { outcome: Outcome; state: SetState },
): Promise<Result> {
  const { outcome, state } = end;
  const sentence = sentenceOf(input, outcome, state);
  const question = await ports.control.question(input.clientSet);
  if (question?.epoch === input.epoch) await ports.control.clearQuestion(input.clientSet, question.taskToken);
  await makeRoom(ports, input);
  const first = (await ports.control.stages(input.clientSet, input.epoch)).reduce(
    (min, stage) => Math.min(min, stage.firstAtMs),
    ports.clock.nowMs(),
  );
  const evidence = await gather(ports, config, input, { state, claimedAtMs: first, outcome });
  // A real one is the best rehearsal of the next. Before the news: what fails here is tried again, and news told twice would be two.
  if (outcome === 'done' && input.move === 'failover')
    await ports.control.putRehearsal(input.clientSet, {
      atMs: ports.clock.nowMs(),
      by: input.execution,
      kind: 'failover',
    });
  const repeats = outcome === 'done' ? await statedRepeats(ports, input) : undefined;
  await Promise.all([
    tellBus(ports, {
      name: 'MoveFinished',
      detail: finishedDetail(ports, input, {
        outcome,
        sentence: `${withCost(sentence, repeats)}${leftUndoneBy(evidence)}`,
        ...toldTail(evidence),
      }),
    }),
    tellPeople(ports, input.pair, {
      subject: `[mm2-failover] ${input.clientSet}: ${input.move} ${outcome}`.slice(0, 100),
      body: [sentence, '', ...evidenceLines(evidence)].join('\n'),
    }),
  ]);
  ports.metrics.put('MoveSeconds', evidence.secondsSinceClaim, 'Seconds', {
    pair: input.pair,
    clientSet: input.clientSet,
    move: input.move,
  });
  await noteStage(ports, input, { kind: 'concluded', sentence });
  return answer('concluded', sentence);
}

/** What was said before is what a reader of the event compares the outcome with. */
const withCost = (sentence: string, repeats: Repeats | undefined): string =>
  repeats === undefined ? sentence : `${sentence}; stated before it was approved: ${repeatsSentence(repeats)}`;

/** Other pairs may move now. What fails here is made good by reconcile within a minute. */
async function makeRoom({ shared, log }: ConcludePorts, { pair, clientSet, epoch }: StepInput): Promise<void> {
  if (shared === null) return;
  try {
    await leave(shared, { pair, clientSet, epoch });
  } catch (error) {
    log.warn('the move is still entered in the table above the pairs', { clientSet, epoch, error });
  }
}

/** Whoever undid a switchover, or gave a move up, left no tail. */
const toldTail = ({ tail }: Evidence): { readonly tail?: TailReport } => (tail === undefined ? {} : { tail });

const finishedDetail = (
  ports: ConcludePorts,
  input: StepInput,
  end: { outcome: Outcome; sentence: string; tail?: TailReport },
) => ({
  pair: input.pair,
  clientSet: input.clientSet,
  epoch: input.epoch,
  move: input.move,
  observedAtMs: ports.clock.nowMs(),
  ...end,
});
