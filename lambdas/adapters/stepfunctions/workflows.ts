/** Step Functions: starts the state machines, asks about executions, answers waiting tasks. */
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Move } from '../../../core/contracts/primitives.ts';
import type { Workflows } from '../../ports.ts';
import { isNamed, patience, within } from '../calls.ts';

const DEADLINE_MS = 5_000;

/** Where the state machines are: the variables every function that starts or answers them has. */
export interface WorkflowsSetting {
  readonly place: { readonly region: string };
  readonly env: Readonly<
    Record<'MM2F_FAILOVER_MACHINE_ARN' | 'MM2F_SWITCHOVER_MACHINE_ARN' | 'MM2F_FAILBACK_MACHINE_ARN', string>
  >;
}

/** Executions get random names: two starts are two executions, and the claim decides which one owns the epoch. */
export function stepFunctions({ place, env }: WorkflowsSetting): Workflows {
  const machines: Readonly<Record<Move, string>> = {
    failover: env.MM2F_FAILOVER_MACHINE_ARN,
    switchover: env.MM2F_SWITCHOVER_MACHINE_ARN,
    failback: env.MM2F_FAILBACK_MACHINE_ARN,
  };
  const client = new SFNClient({ region: place.region, ...patience(DEADLINE_MS) });
  return {
    start: async (machine, input) => {
      const command = new StartExecutionCommand({
        stateMachineArn: machines[machine],
        input: JSON.stringify(input),
      });
      const { executionArn } = await client.send(command, within(DEADLINE_MS));
      if (executionArn === undefined)
        throw new Error(`Step Functions started ${machines[machine]} without naming the execution`);
      return { execution: executionArn };
    },
    result: async (execution) => {
      const described = await describe(client, execution);
      if (described === undefined) return null;
      const { status, output, cause } = described;
      if (isRunning(status)) return null;
      return status === 'SUCCEEDED' ? { output } : { cause: cause ?? `it ended ${status ?? 'without a status'}` };
    },
    status: async (execution) => {
      const described = await describe(client, execution);
      if (described === undefined) return 'unknown';
      return isRunning(described.status) ? 'running' : 'ended';
    },
    answer: async (taskToken, output) => {
      try {
        await client.send(
          new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }),
          within(DEADLINE_MS),
        );
        return 'answered';
      } catch (error) {
        if (isNamed(error, 'TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken')) return 'gone';
        throw error;
      }
    },
  };
}

const isRunning = (status: string | undefined): boolean => status === 'RUNNING' || status === 'PENDING_REDRIVE';

/** Undefined: nobody knows the execution. Step Functions promises no read-after-write, so one just started may be unknown. */
async function describe(client: SFNClient, executionArn: string): Promise<DescribeExecutionOutput | undefined> {
  try {
    return await client.send(new DescribeExecutionCommand({ executionArn }), within(DEADLINE_MS));
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist', 'InvalidArn')) return undefined;
    throw error;
  }
}
