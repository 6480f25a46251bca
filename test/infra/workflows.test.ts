import { describe, expect, test } from '@jest/globals';
import validateAsl from 'asl-validator';
import { MOVES } from '../../core/contracts/primitives.ts';
import { STEP_KINDS, type StepName } from '../../core/contracts/workflow.ts';
import { configOf, definitionOf, type State, synthesize } from '../support/synthesized.ts';

const config = configOf('two-regions-witness');
const stack = synthesize(config).get('eu-west-1')!;

const kebab = (state: string): string =>
  state
    .replace(/ \(.*\)$/, '')
    .toLowerCase()
    .replaceAll(' ', '-');
const stepOf = (name: string): StepName => kebab(name) as StepName;

describe.each(MOVES)('the %s machine', (kind) => {
  const definition = definitionOf(stack, kind);
  const states = Object.entries(definition.States);
  const tasks = states.filter(([, state]) => state.Type === 'Task');

  test('passes asl-validator', () => {
    expect(validateAsl(definition)).toMatchObject({ isValid: true });
  });

  test('names every Task after its step, so that state, function and folder are one word', () => {
    expect(tasks.map(([name]) => stepOf(name)).filter((step) => !(step in STEP_KINDS))).toEqual([]);
  });

  test.each(tasks)('"%s" calls the function of its own step', (name, state) => {
    const called = state.Parameters?.['FunctionName'] ?? state.Resource;
    expect(called).toBe(`arn:aws:lambda:eu-west-1:000000000000:function:mm2-failover-orders-${stepOf(name)}`);
  });

  test.each(tasks)('"%s" has a time limit, retries and somewhere to go when it fails', (_name, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    expect(state.Retry?.at(-1)?.['MaxAttempts']).toBeGreaterThan(3);
    expect(state.Catch?.flatMap(({ ErrorEquals }) => ErrorEquals)).toEqual(['States.ALL']);
  });

  test.each(tasks)('"%s" waits longer than its function may run', (name, state) => {
    const fn = stack
      .ofType('AWS::Lambda::Function')
      .find(({ Properties }) => Properties['FunctionName'] === `mm2-failover-orders-${stepOf(name)}`)!;
    expect(state.TimeoutSeconds).toBeGreaterThan(fn.Properties['Timeout'] as number);
  });

  test.each(tasks)('"%s" has an arrow for exactly the kinds of its step, and an end for every other', (name, state) => {
    const choice = definition.States[state.Next!]!;
    expect(choice.Choices?.map(({ StringEquals }) => StringEquals).toSorted()).toEqual(
      [...STEP_KINDS[stepOf(name)]].toSorted(),
    );
    expect(definition.States[choice.Default!]).toMatchObject({ Type: 'Fail', Error: 'UnknownKind' });
  });

  test('uses every state it declares', () => {
    const led = new Set([definition.StartAt, ...states.flatMap(([, state]) => arrowsOf(state))]);
    expect(states.map(([name]) => name).filter((name) => !led.has(name))).toEqual([]);
  });

  test('is short to read in an execution history: no Parallel, no Map, no variables', () => {
    expect([...new Set(states.map(([, { Type }]) => Type))].toSorted()).toEqual([
      'Choice',
      'Fail',
      'Succeed',
      'Task',
      'Wait',
    ]);
    expect(states.filter(([, state]) => 'Assign' in state)).toEqual([]);
  });

  test('has state names within the limit of 80 characters', () => {
    expect(states.map(([name]) => name).filter((name) => name.length > 80)).toEqual([]);
  });

  test('is given up after 14 days, when reconcile takes the move up', () => {
    expect(definition.TimeoutSeconds).toBe(1_209_600);
  });

  test('writes its whole history but no payloads to its log, and traces', () => {
    const machine = stack
      .ofType('AWS::StepFunctions::StateMachine')
      .find(({ Properties }) => Properties['StateMachineName'] === `mm2-failover-orders-${kind}`)!;
    expect(machine.Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });
});

const arrowsOf = (state: State): readonly string[] => [
  ...(state.Next === undefined ? [] : [state.Next]),
  ...(state.Default === undefined ? [] : [state.Default]),
  ...(state.Choices ?? []).map(({ Next }) => Next),
  ...(state.Catch ?? []).map(({ Next }) => Next),
];
