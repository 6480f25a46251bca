/** That a move waits for a person: what happened, what waiting costs, three commands to paste. Asked by ask-operator, repeated by reconcile. */
import type { Phase } from '../../core/contracts/primitives.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { OpenQuestion } from '../../core/contracts/workflow.ts';
import { commandLines } from '../../core/move/answers.ts';
import type { Ports } from '../ports.ts';
import { tellBus, tellPeople } from './tell.ts';

export type QuestionPorts = Pick<Ports, 'control' | 'events' | 'notifier' | 'clock' | 'log' | 'metrics'>;

/** Whom a question is told to. */
export const EVERYBODY: NonNullable<OpenQuestion['untold']> = ['people', 'bus'];

/** Tells whoever has not been told yet, and stores who is left, unless the question was answered meanwhile. */
export async function tellQuestion(
  ports: QuestionPorts,
  question: OpenQuestion,
  at: { readonly state: SetState; readonly claim: Claim; readonly region: string },
): Promise<void> {
  const { state, claim } = at;
  const tell = {
    people: () => tellPeople(ports, state.pair, questionMessage(question, at)),
    bus: () => tellBus(ports, { name: 'MoveHeld', detail: heldDetail(question, state, claim) }),
  };
  const { untold: asked = [], ...rest } = question;
  const outcomes = await Promise.all(asked.map(async (whom) => ({ whom, told: await tell[whom]() })));
  const untold = outcomes.filter(({ told }) => told === 'not-told').map(({ whom }) => whom);
  await ports.control.reviseQuestion(state.clientSet, untold.length === 0 ? rest : { ...rest, untold });
}

const heldDetail = (question: OpenQuestion, state: SetState, claim: Claim) => ({
  pair: state.pair,
  clientSet: state.clientSet,
  epoch: question.epoch,
  move: claim.move,
  observedAtMs: question.askedAtMs,
  sentence: `${question.question === 'approval' ? 'approval is asked for' : `held at "${question.stage}"`} in phase ${state.phase}: ${question.sentence}`,
  step: question.stage,
  cause: question.sentence,
});

/** What it costs to let the move wait where it stands. */
const COST: Readonly<Record<Phase, string>> = {
  home: 'clients are still sent home: while home is down, producers 1 cannot write and consumers 1 do not read',
  draining:
    'producers of the set write at the refuge (or hold, under per-key order); what they write waits unread by this set until the drain is over',
  refuge: 'the set works at the refuge; only the return waits',
  leaving: 'the set works on at home; only the planned move waits',
  returning:
    'consumers read their own topics at the refuge; under per-key order producers may be holding, home may lie idle',
  recovering:
    'the set works at home and reads there what it wrote at the refuge; what the refuge never copied is still owed',
};

export function questionMessage(
  question: OpenQuestion,
  { state, claim, region }: { readonly state: SetState; readonly claim: Claim; readonly region: string },
): { readonly subject: string; readonly body: string } {
  const { pair, clientSet, phase } = state;
  const asks = question.question === 'approval' ? 'asks for approval' : `is held at "${question.stage}"`;
  return {
    subject: `[mm2-failover] ${clientSet}: ${claim.move} ${asks}`.slice(0, 100),
    body: [
      `The ${claim.move} of client set "${clientSet}" (pair ${pair}, epoch ${question.epoch}) ${asks}.`,
      '',
      `What happened: ${question.sentence}`,
      ...question.reasons.map((reason) => `  - ${reason}`),
      `Asked for by ${claim.requestedBy} (${claim.trigger}): ${claim.reason}`,
      `What waiting costs: ${COST[phase]}.`,
      '',
      'Answer with one of:',
      ...commandLines(question, { pair, clientSet, region, claim }).map((line) => `  ${line}`),
    ].join('\n'),
  };
}
