/** Step Functions in memory: executions run until a test ends them, task tokens wait until answered. */
import type { Workflows } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';

type Machine = Parameters<Workflows['start']>[0];
type Input = Parameters<Workflows['start']>[1];
type Answer = Parameters<Workflows['answer']>[1];

export interface FakeWorkflows extends Workflows {
  readonly faults: Faults<Workflows>;
  readonly started: readonly { readonly machine: Machine; readonly input: Input; readonly execution: string }[];
  readonly answers: readonly { readonly taskToken: string; readonly output: Answer }[];
  /** An execution that somebody else started. */
  running(execution: string): void;
  /** Ends it, with what it answered. */
  end(execution: string, result?: { readonly output?: string; readonly cause?: string }): void;
  /** A task that waits under this token. Without it, or once answered, answers are `gone`. */
  waiting(taskToken: string): void;
  /** The task timed out or its execution ended. */
  forget(taskToken: string): void;
}

export function fakeWorkflows(pair = 'orders'): FakeWorkflows {
  const executions = new Map<string, 'running' | 'ended'>();
  const results = new Map<string, { readonly output?: string; readonly cause?: string }>();
  const tokens = new Set<string>();
  const started: { machine: Machine; input: Input; execution: string }[] = [];
  const answers: { taskToken: string; output: Answer }[] = [];
  const port = withFaults<Workflows>({
    start: async (machine, input) => {
      const execution = `arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-${pair}-${machine}:${started.length + 1}`;
      executions.set(execution, 'running');
      started.push({ machine, input, execution });
      return { execution };
    },
    status: async (execution) => executions.get(execution) ?? 'unknown',
    result: async (execution) => (executions.get(execution) === 'ended' ? (results.get(execution) ?? {}) : null),
    answer: async (taskToken, output) => {
      if (!tokens.delete(taskToken)) return 'gone';
      answers.push({ taskToken, output });
      return 'answered';
    },
  });
  return {
    ...port,
    started,
    answers,
    running: (execution) => void executions.set(execution, 'running'),
    end: (execution, result = {}) => {
      executions.set(execution, 'ended');
      results.set(execution, result);
    },
    waiting: (taskToken) => void tokens.add(taskToken),
    forget: (taskToken) => void tokens.delete(taskToken),
  };
}
