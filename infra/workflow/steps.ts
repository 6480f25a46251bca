/** The vocabulary of the workflows: stages (a Task with its question), holds, waits, ends. Order is told in *-workflow.ts. */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Errors,
  Fail,
  IntegrationPattern,
  JsonPath,
  type State,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { Move } from '../../core/contracts/primitives.ts';
import type { StepInput, StepName } from '../../core/contracts/workflow.ts';
import { type Arrows, route } from './route.ts';

/** A step's function may run this long; its Task waits longer, so that the function's own answer is the one that counts. */
export const STEP_TIMEOUT_SECONDS = 30;
const TASK_TIMEOUT_SECONDS = 40;

/**
 * Any error, because every step is "make it true, then verify" and safe to run again: a throttled table, a broker that
 * restarts, a cold network all pass by themselves. Waits 2 + 4 + 8 + 16 + 32 = 62 s in all, then the move is held.
 */
const STEP_RETRY = { errors: [Errors.ALL], interval: Duration.seconds(2), backoffRate: 2, maxAttempts: 5 };

/**
 * A question that could not be asked is asked again: 5 + 10 + 20 + 40 + 60 + 60 + 60 + 60 = 315 s, then from the start.
 * Never after States.Timeout: that is a person who has not answered yet.
 */
const NOT_AFTER_SILENCE = { errors: [Errors.TIMEOUT], maxAttempts: 0 };
const ASK_RETRY = {
  errors: [Errors.TASKS_FAILED],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxDelay: Duration.seconds(60),
  maxAttempts: 8,
};

export interface WorkflowContext {
  readonly scope: Construct;
  readonly machine: Move;
  /** The function of each step. */
  readonly functions: Readonly<Record<StepName, IFunction>>;
  readonly approvalSeconds: number;
  readonly holdReminderSeconds: number;
}

type About = Pick<StepInput, 'phase' | 'target'>;
type PlainStep = Exclude<StepName, 'claim-move' | 'ask-operator'>;

/** A Task and the question about its answer. `arrows` is called once, when all stages exist. */
export interface Stage<S extends StepName> {
  readonly task: LambdaInvoke;
  /** The arrow for an answer that says "not yet": wait as long as it says, then run the same task again. */
  later(): State;
  /** "Ask operator (<stage>)": resume = this stage again, proceed = the given stage, abort = the given one. */
  hold(to: { readonly proceed: State; readonly abort: State }): State;
  arrows(question: string, arrows: Arrows<S>): void;
}

/** TimeoutSeconds is a whole number on AWS, while config allows fractions for drills. */
const wholeSeconds = (seconds: number): Duration => Duration.seconds(Math.max(1, Math.ceil(seconds)));

const stepInput = (stage: string, about: About) => ({
  pair: JsonPath.stringAt('$.claim.pair'),
  clientSet: JsonPath.stringAt('$.claim.clientSet'),
  move: JsonPath.stringAt('$.claim.move'),
  epoch: JsonPath.numberAt('$.claim.epoch'),
  execution: JsonPath.stringAt('$$.Execution.Id'),
  stage,
  ...about,
});

/** A step after the claim; its answer lies at `$.step`. */
export function stage<S extends PlainStep>(context: WorkflowContext, step: S, name: string, about: About): Stage<S> {
  const task = new LambdaInvoke(context.scope, name, {
    ...invoke(context, step),
    payload: TaskInput.fromObject(stepInput(name, about)),
    resultPath: '$.step',
  });
  return stageOf(context, { task, about, answerAt: '$.step', errorAt: '$.step' });
}

/**
 * "Claim move": its answer replaces the whole state by `{claim}`, so that whatever a person typed as input, even a list
 * or a bare word, reaches the function, which says what is wrong with it.
 */
export function claimStage(context: WorkflowContext, about: About): Stage<'claim-move'> {
  const task = new LambdaInvoke(context.scope, 'Claim move', {
    ...invoke(context, 'claim-move'),
    payload: TaskInput.fromObject(claimInput(context)),
    resultSelector: { claim: JsonPath.objectAt('$') },
  });
  const unjudged = new Fail(context.scope, 'The claim could not be judged', {
    error: 'ClaimNotJudged',
    cause:
      'claim-move failed again and again; its log says why. If it had claimed already, reconcile takes the move up within a minute; otherwise ask again.',
  });
  task.addCatch(unjudged, { errors: [Errors.ALL] });
  return stageOf(context, { task, about, answerAt: '$.claim', errorAt: undefined });
}

/** "Claim move (after the approval)": the same function finds its own claim, judges all guards again and records who approved. */
export function claimAgainStage(context: WorkflowContext, about: About): Stage<'claim-move'> {
  const task = new LambdaInvoke(context.scope, 'Claim move (after the approval)', {
    ...invoke(context, 'claim-move'),
    payload: TaskInput.fromObject({ ...claimInput(context), approvedBy: JsonPath.stringAt('$.step.by') }),
    resultPath: '$.claim',
  });
  return stageOf(context, { task, about, answerAt: '$.claim', errorAt: '$.claim.error' });
}

const claimInput = ({ machine }: WorkflowContext) => ({
  machine,
  input: JsonPath.objectAt('$$.Execution.Input'),
  execution: JsonPath.stringAt('$$.Execution.Id'),
  startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
});

const invoke = ({ functions }: WorkflowContext, step: StepName) => ({
  lambdaFunction: functions[step],
  payloadResponseOnly: true,
  retryOnServiceExceptions: false,
  taskTimeout: Timeout.duration(Duration.seconds(TASK_TIMEOUT_SECONDS)),
});

interface StageParts {
  readonly task: LambdaInvoke;
  readonly about: About;
  readonly answerAt: '$.claim' | '$.step';
  /** Where a caught error lies, for the question to the operator; undefined = this stage catches for itself. */
  readonly errorAt: string | undefined;
}

function stageOf<S extends StepName>(
  context: WorkflowContext,
  { task, about, answerAt, errorAt }: StageParts,
): Stage<S> {
  task.addRetry(STEP_RETRY);
  return {
    task,
    later: () =>
      new Wait(context.scope, `Look again soon (${task.id})`, {
        time: WaitTime.secondsPath(`${answerAt}.waitSeconds`),
      }).next(task).startState,
    hold: (to) => {
      const ask = askOperator(context, {
        name: `Ask operator (${task.id})`,
        question: 'hold',
        stage: task.id,
        about,
        because: answerAt,
        patience: context.holdReminderSeconds,
      });
      // Silence is answered by a reminder; an answer meant for an approval is none for a hold.
      ask.addCatch(ask, { errors: [Errors.ALL], resultPath: '$.reminder' });
      ask.next(
        route<'ask-operator'>(context.scope, `What shall become of the held move? (${task.id})`, '$.step', {
          resume: task,
          proceed: to.proceed,
          abort: to.abort,
          reject: ask,
          approve: ask,
        }),
      );
      if (errorAt !== undefined) task.addCatch(ask, { errors: [Errors.ALL], resultPath: errorAt });
      return ask;
    },
    arrows: (question, arrows) => {
      task.next(route<S>(context.scope, question, answerAt, arrows));
    },
  };
}

/** "Ask operator (approval)": silence, a rejection and a question that could not be asked all end before anything was done. */
export function approval(
  context: WorkflowContext,
  about: About,
  to: { readonly approve: State; readonly abort: State },
): State {
  const name = 'Ask operator (approval)';
  const ask = askOperator(context, {
    name,
    question: 'approval',
    stage: name,
    about,
    because: '$.claim',
    patience: context.approvalSeconds,
  });
  ask.addCatch(to.abort, { errors: [Errors.ALL], resultPath: '$.step' });
  ask.next(
    route<'ask-operator'>(context.scope, 'Was the move approved?', '$.step', {
      approve: to.approve,
      reject: to.abort,
      abort: to.abort,
      resume: ask,
      proceed: ask,
    }),
  );
  return ask;
}

interface Asking {
  readonly name: string;
  readonly question: 'approval' | 'hold';
  readonly stage: string;
  readonly about: About;
  readonly because: string;
  readonly patience: number;
}

function askOperator(
  { scope, functions }: WorkflowContext,
  { name, question, stage, about, because, patience }: Asking,
): LambdaInvoke {
  const ask = new LambdaInvoke(scope, name, {
    lambdaFunction: functions['ask-operator'],
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    retryOnServiceExceptions: false,
    payload: TaskInput.fromObject({
      ...stepInput(stage, about),
      question,
      taskToken: JsonPath.taskToken,
      because: JsonPath.objectAt(because),
    }),
    taskTimeout: Timeout.duration(wholeSeconds(patience)),
    resultPath: '$.step',
  });
  ask.addRetry(NOT_AFTER_SILENCE);
  ask.addRetry(ASK_RETRY);
  return ask;
}

/** Ends that both workflows share. */
export function ends(scope: Construct) {
  return {
    alreadyHandled: new Succeed(scope, 'The move was handled already'),
    dryRun: new Succeed(scope, 'A dry run ends here'),
    superseded: new Succeed(scope, 'Another execution owns this move now'),
    // Nobody waits for an answer, and assess asks again each minute: a failed execution a minute would drown real ones.
    declined: new Succeed(scope, 'What a rule asked for is refused'),
    aborted: new Succeed(scope, 'The move was aborted'),
    stale: new Fail(scope, 'The request is out of date', { error: 'Stale', causePath: '$.claim.sentence' }),
    refused: new Fail(scope, 'The move is refused', { error: 'Refused', causePath: '$.claim.sentence' }),
    invalid: new Fail(scope, 'The input is wrong', { error: 'Invalid', causePath: '$.claim.sentence' }),
  };
}
