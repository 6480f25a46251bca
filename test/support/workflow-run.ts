/** Runs a synthesized workflow in process: real arrows, real payload templates, answers from the test or real use cases. */
import { type RunOptions, StateMachine } from 'aws-local-stepfunctions';
import type { Definition } from './synthesized.ts';

/** What a Task got: for ask-operator the payload of the function, which carries the token. */
export type Answer = (state: string, payload: Readonly<Record<string, unknown>>, visit: number) => unknown;

export interface Run {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  /** Names of all Task states in the order they were entered; a retry is no new entry. */
  readonly tasks: readonly string[];
  /** Name of the last state. */
  readonly end: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface RunSettings {
  readonly execution?: string;
  readonly startedAt?: string;
  /** Drops the execution as soon as so many Task answers were given: the answer is lost, nothing further is entered. */
  readonly dropAfter?: number;
}

/** A person who says nothing until the question expires. */
export const silence = (): never => {
  throw Object.assign(new Error('nobody answered'), { name: 'States.Timeout' });
};

export async function run(
  definition: Definition,
  input: unknown,
  answer: Answer,
  settings: RunSettings = {},
): Promise<Run> {
  const {
    execution = 'arn:aws:states:eu-west-1:000000000000:execution:test:1',
    startedAt = '2026-11-22T10:00:00.000Z',
    dropAfter,
  } = settings;
  const names = (type: string) =>
    Object.entries(definition.States).flatMap(([name, state]) => (state.Type === type ? [name] : []));
  const visits = new Map<string, number>();
  let answered = 0;
  const handler = (state: string) => async (parameters: unknown) => {
    const given =
      (parameters as { Payload?: Record<string, unknown> }).Payload ?? (parameters as Record<string, unknown>);
    // The interpreter takes the start time from the wall clock, whatever its context says.
    const payload = 'startedAt' in given ? { ...given, startedAt } : given;
    const visit = (visits.get(state) ?? 0) + 1;
    visits.set(state, visit);
    const result = await answer(state, payload, visit);
    answered += 1;
    // The interpreter enters nothing more once it is aborted, whatever this Task still answers.
    if (answered === dropAfter) started.abort();
    return result;
  };
  const tasks = names('Task');
  const options: RunOptions = {
    noThrowOnAbort: true,
    context: { Execution: { Id: execution, Input: input as never, StartTime: startedAt }, Task: { Token: 'token' } },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(tasks.map((name) => [name, handler(name)])) as never,
      waitTimeOverrides: Object.fromEntries(names('Wait').map((name) => [name, 0])),
      retryIntervalOverrides: Object.fromEntries(tasks.map((name) => [name, 0])),
    },
  };
  const started = new StateMachine(untimed(definition) as never, { validationOptions: { noValidate: true } }).run(
    input as never,
    options,
  );
  started.result.catch(() => undefined);
  return told(started.eventLogs, new Set(tasks)).finally(() => started.abort());
}

/** The interpreter keeps a real timer per time limit; limits are asserted in the template instead. */
function untimed({ TimeoutSeconds: _limit, States, ...rest }: Definition): unknown {
  const strip = ({ TimeoutSeconds: _seconds, ...state }: Definition['States'][string]) => state;
  return { ...rest, States: Object.fromEntries(Object.entries(States).map(([name, state]) => [name, strip(state)])) };
}

/** A whole move enters some hundred states; more is a circle. */
const MOST_STATES = 5_000;

async function told(events: ReturnType<StateMachine['run']>['eventLogs'], isTask: ReadonlySet<string>): Promise<Run> {
  const entered: string[] = [];
  for await (const event of events) {
    if (event.type === 'StateEntered') entered.push(event.state.name);
    if (entered.length > MOST_STATES) throw new Error(`the workflow goes round: ${entered.slice(-20).join(', ')}`);
    const rest = { tasks: entered.filter((name) => isTask.has(name)), end: entered.at(-1) ?? '' };
    if (event.type === 'ExecutionSucceeded') return { status: 'SUCCEEDED', ...rest };
    if (event.type === 'ExecutionFailed')
      return { status: 'FAILED', ...rest, error: event.Error, cause: String(event.Cause) };
    if (event.type === 'ExecutionAborted') return { status: 'ABORTED', ...rest };
  }
  throw new Error('the interpreter ended without saying how');
}
