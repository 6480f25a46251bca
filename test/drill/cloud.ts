/** The drill's access to the deployed system, through the same doors a person has: functions, state machines, alarms, tables. */
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { names, placedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Move } from '../../core/contracts/primitives.ts';
import { dynamoControlTable } from '../../lambdas/adapters/dynamodb/control.ts';
import type { ControlTable } from '../../lambdas/ports.ts';
import { emulatedAccount } from '../support/world/emulator.ts';

interface Answer {
  readonly kind: string;
  readonly sentence: string;
}

export class Cloud {
  readonly #config: PairConfig;

  /** Needs the endpoint and credentials of the emulator in the environment, as any AWS tool does. */
  constructor(config: PairConfig) {
    this.#config = config;
  }

  controlOf(set: string): ControlTable {
    return dynamoControlTable({ pair: this.#config.pair, region: this.regionOf(set) });
  }

  regionOf(set: string): string {
    const placed = placedSet(this.#config, set);
    if (placed === undefined) throw new Error(`no client set "${set}"`);
    return placed.controlRegion;
  }

  /** Calls a function; with `wait` its answer is returned, and an error in it thrown. */
  async invoke(region: string, name: string, payload: unknown, options: { readonly wait: boolean }): Promise<unknown> {
    const client = new LambdaClient({ region });
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: names.fn(this.#config.pair, name),
        InvocationType: options.wait ? 'RequestResponse' : 'Event',
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    if (!options.wait) return undefined;
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) throw new Error(`${name} in ${region} failed: ${text.slice(0, 500)}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  /** What a person says to the deployed system, in the region that controls the set. */
  async operate(set: string, command: Readonly<Record<string, unknown>>): Promise<Answer> {
    const payload = { pair: this.#config.pair, clientSet: set, by: 'drill', ...command };
    return (await this.invoke(this.regionOf(set), 'operate', payload, { wait: true })) as Answer;
  }

  /** The same where only obedience will do: a refused or misunderstood word is thrown. */
  async tell(set: string, command: Readonly<Record<string, unknown>>): Promise<Answer> {
    const answer = await this.operate(set, command);
    if (['done', 'nothing'].includes(answer.kind)) return answer;
    throw new Error(`operate answers ${answer.kind}: ${answer.sentence}`);
  }

  /** What a person types into the console: pair, client set and reason are enough. */
  async startExecution(machine: Move, set: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    const region = this.regionOf(set);
    const stateMachineArn = `arn:aws:states:${region}:${emulatedAccount}:stateMachine:${names.machine(this.#config.pair, machine)}`;
    const answer = await new SFNClient({ region }).send(
      new StartExecutionCommand({
        stateMachineArn,
        input: JSON.stringify({ pair: this.#config.pair, clientSet: set, ...input }),
      }),
    );
    return answer.executionArn ?? '';
  }

  /**
   * Takes a function's way to some addresses (host:port) away, in one region: connections hang, as behind a firewall that
   * drops. An empty list gives it back. By a setting of the deployed function, so that its code stays what it is.
   */
  async blindfold(region: string, name: string, servers: readonly string[]): Promise<void> {
    const client = new LambdaClient({ region });
    const FunctionName = names.fn(this.#config.pair, name);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const { NODE_OPTIONS: _before, ...variables } = Environment?.Variables ?? {};
    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Environment: {
          Variables: { ...variables, ...(servers.length === 0 ? {} : { NODE_OPTIONS: blindTo(servers) }) },
        },
      }),
    );
    await this.invoke(region, name, {}, { wait: false });
  }

  /** Creates the alarm of the config and puts it into ALARM, as CloudWatch would. */
  async raiseAlarm(name: string, set: string): Promise<void> {
    const client = new CloudWatchClient({ region: this.regionOf(set) });
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        ComparisonOperator: 'LessThanThreshold',
        EvaluationPeriods: 1,
        MetricName: 'ActiveControllerCount',
        Namespace: 'AWS/Kafka',
        Period: 60,
        Statistic: 'Maximum',
        Threshold: 1,
        TreatMissingData: 'missing',
      }),
    );
    await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'OK', StateReason: 'the drill begins' }));
    await client.send(
      new SetAlarmStateCommand({
        AlarmName: name,
        StateValue: 'ALARM',
        StateReason: 'ActiveControllerCount fell to 0',
      }),
    );
  }
}

/** Loaded before the function's own code; a space would end the option, so the module is encoded. */
function blindTo(servers: readonly string[]): string {
  const ports = servers.map((server) => Number(server.split(':').at(-1)));
  const module = `import net from 'node:net';
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  return ${JSON.stringify(ports)}.includes(Number(options?.port ?? options)) ? this : connect.apply(this, args);
};`;
  return `--import=data:text/javascript,${encodeURIComponent(module)}`;
}
