/** One suite for Step Functions: in memory and on the emulator. Task tokens reach the test over SNS. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { stepFunctions } from '../../lambdas/adapters/stepfunctions/workflows.ts';
import type { Workflows } from '../../lambdas/ports.ts';
import { fakeWorkflows } from '../support/fakes/workflows.ts';
import { waitFor } from '../support/world/conditions.ts';
import { CONTROL_REGION, emulatorForThisFile, messageOf, ownPair, topicTo } from './support/aws.ts';
import { openInbox, type Inbox } from './support/inbox.ts';
import { PATIENT } from './support/patience.ts';

const emulator = emulatorForThisFile();
let inbox: Inbox;
beforeAll(async () => {
  inbox = await openInbox();
});
afterAll(async () => inbox.close());

interface Setting {
  readonly workflows: Workflows;
  readonly end: (execution: string) => Promise<void>;
  /** A task that waits; answers its token. */
  readonly waitingTask: () => Promise<string>;
  readonly inputOf: (execution: string) => Promise<unknown>;
  /** An execution that has ended well with {"said":"so"}, or failed because of "not so". */
  readonly over: (how: 'succeeded' | 'failed') => Promise<string>;
}

async function inMemory(): Promise<Setting> {
  const workflows = fakeWorkflows();
  let tokens = 0;
  return {
    workflows,
    end: async (execution) => workflows.end(execution),
    waitingTask: async () => {
      const token = `token-${(tokens += 1)}`;
      workflows.waiting(token);
      return token;
    },
    inputOf: async (execution) => workflows.started.find((each) => each.execution === execution)?.input,
    over: async (how) => {
      const { execution } = await workflows.start('failover', input);
      workflows.end(execution, how === 'succeeded' ? { output: '{"said":"so"}' } : { cause: 'not so' });
      return execution;
    },
  };
}

async function onStepFunctions(): Promise<Setting> {
  const client = new SFNClient(emulator.client(CONTROL_REGION));
  const pair = ownPair();
  const machine = async (name: string, states: object): Promise<string> => {
    const definition = JSON.stringify({ StartAt: 'First', States: states });
    const made = await client.send(
      new CreateStateMachineCommand({
        name: `${pair}-${name}`,
        definition,
        roleArn: 'arn:aws:iam::000000000000:role/test',
      }),
    );
    return made.stateMachineArn!;
  };
  const waiting = { First: { Type: 'Wait', Seconds: 600, End: true } };
  const [failover, switchover, failback] = await Promise.all([
    machine('failover', waiting),
    machine('switchover', waiting),
    machine('failback', waiting),
  ]);
  const asking = await machine('asking', { First: await askingState(pair) });
  const ending = {
    succeeded: await machine('succeeding', { First: { Type: 'Pass', Result: { said: 'so' }, End: true } }),
    failed: await machine('failing', { First: { Type: 'Fail', Error: 'Refused', Cause: 'not so' } }),
  };
  return {
    workflows: stepFunctions({
      place: { region: CONTROL_REGION },
      env: {
        MM2F_FAILOVER_MACHINE_ARN: failover,
        MM2F_SWITCHOVER_MACHINE_ARN: switchover,
        MM2F_FAILBACK_MACHINE_ARN: failback,
      },
    }),
    end: async (execution) => {
      await client.send(new StopExecutionCommand({ executionArn: execution }));
    },
    waitingTask: async () => {
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: asking }));
      return inbox.first((posted) => {
        const message = messageOf(posted);
        return message['execution'] === executionArn ? String(message['token']) : undefined;
      });
    },
    inputOf: async (execution) =>
      JSON.parse(
        (await client.send(new DescribeExecutionCommand({ executionArn: execution }))).input ?? 'null',
      ) as unknown,
    over: async (how) => {
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: ending[how] }));
      const hasEnded = async () => {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        return status === 'RUNNING' ? undefined : status;
      };
      await waitFor('the end of the execution', hasEnded, PATIENT);
      return executionArn!;
    },
  };
}

/** Publishes its task token to a topic that posts to the inbox. */
async function askingState(pair: string): Promise<object> {
  const TopicArn = await topicTo(inbox, emulator, `${pair}-tokens`);
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::sns:publish.waitForTaskToken',
    Parameters: {
      TopicArn,
      'Message.$': `States.Format('\\{"token":"{}","execution":"{}"\\}', $$.Task.Token, $$.Execution.Id)`,
    },
    TimeoutSeconds: 600,
    End: true,
  };
}

const input = { pair: 'orders', clientSet: 'clients-k1', reason: 'K1 is down' } as const;

describe.each([
  ['in memory', inMemory],
  ['on Step Functions', onStepFunctions],
] as const)('workflows %s', (_where, make) => {
  test('a started execution runs, with its input', async () => {
    const { workflows, inputOf } = await make();
    const { execution } = await workflows.start('failover', input);
    expect(await workflows.status(execution)).toBe('running');
    expect(await inputOf(execution)).toEqual(input);
  });

  test('the same input twice is two executions: the claim decides, not the name', async () => {
    const { workflows } = await make();
    const [first, second] = [await workflows.start('failover', input), await workflows.start('failover', input)];
    expect(first.execution).not.toBe(second.execution);
  });

  test('each kind of move has a machine of its own', async () => {
    const { workflows } = await make();
    expect((await workflows.start('switchover', input)).execution).toMatch(/switchover/);
    expect((await workflows.start('failback', input)).execution).toMatch(/failback/);
    expect((await workflows.start('failover', input)).execution).toMatch(/failover/);
  });

  test('an execution that was stopped has ended', async () => {
    const { workflows, end } = await make();
    const { execution } = await workflows.start('failover', input);
    await end(execution);
    expect(await workflows.status(execution)).toBe('ended');
  });

  test('an execution that runs has no result yet', async () => {
    const { workflows } = await make();
    const { execution } = await workflows.start('failover', input);
    expect(await workflows.result(execution)).toBeNull();
  });

  test('an execution that ended well gives its output', async () => {
    const { workflows, over } = await make();
    const { output } = (await workflows.result(await over('succeeded')))!;
    expect(JSON.parse(output!)).toEqual({ said: 'so' });
  });

  test('an execution that failed gives the cause and no output', async () => {
    const { workflows, over } = await make();
    const result = await workflows.result(await over('failed'));
    expect([result?.output, result?.cause]).toEqual([undefined, 'not so']);
  });

  test('an execution that nobody started is unknown', async () => {
    const { workflows } = await make();
    expect(await workflows.status('arn:aws:states:eu-central-1:000000000000:execution:nothing:never')).toBe('unknown');
  });

  test('a waiting task is answered once; the second answer comes too late', async () => {
    const { workflows, waitingTask } = await make();
    const token = await waitingTask();
    expect(await workflows.answer(token, { kind: 'approve', by: 'ada' })).toBe('answered');
    expect(await workflows.answer(token, { kind: 'reject', by: 'bob' })).toBe('gone');
  });

  test('a token that never was is gone', async () => {
    const { workflows } = await make();
    expect(await workflows.answer('not-a-token', { kind: 'approve', by: 'ada' })).toBe('gone');
  });
});
