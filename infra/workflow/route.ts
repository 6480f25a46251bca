/** From the `kind` a step answered to the next state. The only kind of decision a workflow makes. */
import { Choice, Condition, Fail, type State } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { StepKind, StepName } from '../../core/contracts/workflow.ts';

/** One arrow for every kind the step may answer: a new kind does not compile until somebody says where it leads. */
export type Arrows<S extends StepName> = Readonly<Record<StepKind<S>, State>>;

/** Where in the execution's state the answer lies. */
export type AnswerPath = '$.claim' | '$.step';

const UNKNOWN_KIND = 'An answer without an arrow';

/**
 * A Choice named `question` on `<answerAt>.kind`. An answer that is not among the arrows (a newer function under an older
 * machine, a broken deploy) ends in `Fail: UnknownKind`; the claim stays open and reconcile takes it up again.
 */
export function route<S extends StepName>(
  scope: Construct,
  question: string,
  answerAt: AnswerPath,
  arrows: Arrows<S>,
): Choice {
  const choice = new Choice(scope, question);
  for (const [kind, next] of Object.entries<State>(arrows))
    choice.when(Condition.stringEquals(`${answerAt}.kind`, kind), next);
  return choice.otherwise(unknownKind(scope));
}

const unknownKind = (scope: Construct): State =>
  (scope.node.tryFindChild(UNKNOWN_KIND) as State | undefined) ??
  new Fail(scope, UNKNOWN_KIND, {
    error: 'UnknownKind',
    cause:
      'A step answered a kind that this workflow has no arrow for. Functions and workflow come from different versions: deploy again; reconcile then takes the move up.',
  });
