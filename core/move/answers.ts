/** Which answers an open question takes, and the commands that give them. */
import type { Claim } from '../contracts/tables.ts';
import type { OpenQuestion } from '../contracts/workflow.ts';

export const ANSWERS = ['approve', 'reject', 'resume', 'proceed', 'abort'] as const;
export type Answer = (typeof ANSWERS)[number];

type Answerable = Pick<Claim, 'published'> & Partial<Pick<Claim, 'move' | 'input'>>;
type Question = Pick<OpenQuestion, 'question' | 'epoch' | 'stage'>;

/** Answers that lead somewhere, the most usual first. */
export const allowedAnswers = (question: Question, claim: Answerable): readonly Answer[] =>
  (question.question === 'approval'
    ? (['approve', 'reject'] as const)
    : (['resume', 'proceed', 'abort'] as const)
  ).filter((answer) => whyNot(answer, question, claim) === undefined);

/** Why this answer cannot be given to this question; undefined when it can. */
export function whyNot(answer: Answer, question: Question, claim: Answerable): string | undefined {
  const isApproval = answer === 'approve' || answer === 'reject';
  if (isApproval && question.question !== 'approval')
    return `it is held at "${question.stage}" and asks for no approval`;
  if (!isApproval && question.question === 'approval') return 'it asks for an approval: approve or reject';
  // From the first published routing value on clients may have acted: only forward, or wait.
  if (answer === 'abort' && claim.published)
    return claim.move === 'switchover'
      ? 'routing of this epoch is published and clients may have acted on it; "undo" takes a switchover back'
      : 'routing of this epoch is published and clients may have acted on it; only forward from here';
  if (answer === 'proceed' && question.stage.startsWith('Publish routing'))
    return 'later steps need what this one publishes; resume tries it again';
  if (answer === 'proceed' && question.stage === 'Restore positions' && claim.input?.refugeLost === true)
    return 'without the refuge clients go home to positions that are set there; resume tries it again';
  if (answer === 'proceed' && question.stage === 'Conclude move')
    return 'nothing comes after it; resume tries it again';
  return undefined;
}

/** Why a person cannot say with "resume" that home was rebuilt; undefined when that is what the hold is about. */
export const whyNotRebuilt = (question: Question): string | undefined =>
  question.stage === 'Restore positions'
    ? undefined
    : `it is held at "${question.stage}"; that home was rebuilt is asked at "Restore positions", or told when a failback is started`;

/** Where a set is controlled: with it a line works in any shell that has the credentials. */
export interface CommandPlace {
  readonly pair: string;
  readonly clientSet: string;
  readonly region: string;
}

const commandLine = (name: string, { pair, clientSet, region }: CommandPlace): string =>
  `npx mm2-failover ${name} --pair ${pair} --set ${clientSet} --region ${region}`;

/** Three lines to paste: the answers that are possible, then the look at how things stand. */
export function commandLines(
  question: Question,
  { claim, ...place }: CommandPlace & { readonly claim: Answerable },
): readonly string[] {
  const command = (name: string) => commandLine(name, place);
  const answers = allowedAnswers(question, claim).map((answer) => `${command(answer)} --epoch ${question.epoch}`);
  return [...answers, command('status')].slice(0, 3);
}

/** The line that takes up an epoch whose execution nobody knows; the reason is the person's to give. */
export const takeUpLine = ({ epoch, ...place }: CommandPlace & { readonly epoch: number }): string =>
  `${commandLine('take-up', place)} --epoch ${epoch} --reason "..."`;
