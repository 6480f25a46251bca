import { expect, test } from '@jest/globals';
import type { AskOperatorInput } from '../../../core/contracts/workflow.ts';
import { askOperator } from '../../../lambdas/ask-operator/ask-operator.ts';
import { causeOf } from '../../../lambdas/ask-operator/cause.ts';
import { questionMessage } from '../../../lambdas/shared/question-news.ts';
import { claimedState, claimOf, K2_REGION, pairConfig, stepInput, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const config = pairConfig();
const hold: AskOperatorInput = {
  ...stepInput({ stage: 'Await adoption (draining)' }),
  question: 'hold',
  taskToken: 'token-1',
  because: { kind: 'held', sentence: 'nobody reads K1.orders-0', reasons: ['billing: K1.orders-0'], waitSeconds: 1 },
};
const approval: AskOperatorInput = { ...hold, question: 'approval', stage: 'Claim move' };

async function world(state = claimedState(config, { open: claimOf({ published: true }) })) {
  const ports = fakePorts();
  await ports.control.writeSet({ ...state, version: 1 });
  return { ports, ask: (input: AskOperatorInput) => askOperator(ports, config, { region: K2_REGION })(input) };
}

test('the question is stored with its token, its reasons and its end', async () => {
  const { ports, ask } = await world();
  await ask(hold);
  expect(await ports.control.question('clients-k1')).toEqual({
    question: 'hold',
    epoch: 1,
    stage: 'Await adoption (draining)',
    taskToken: 'token-1',
    askedAtMs: TEN_O_CLOCK,
    expiresAtMs: TEN_O_CLOCK + 3_600_000,
    sentence: 'nobody reads K1.orders-0',
    reasons: ['billing: K1.orders-0'],
  });
});
test('people are told what happened, what waiting costs, and three commands to paste', async () => {
  const { ports, ask } = await world();
  await ask(hold);
  const [{ subject, body } = { subject: '', body: '' }] = ports.notifier.messages;
  expect(subject).toBe('[mm2-failover] clients-k1: failover is held at "Await adoption (draining)"');
  expect(body).toContain('What happened: nobody reads K1.orders-0\n  - billing: K1.orders-0');
  expect(body).toMatch(/What waiting costs: .+/);
  expect(body.split('\n').filter((line) => line.includes('npx mm2-failover'))).toEqual([
    '  npx mm2-failover resume --pair orders --set clients-k1 --region eu-central-1 --epoch 1',
    '  npx mm2-failover proceed --pair orders --set clients-k1 --region eu-central-1 --epoch 1',
    '  npx mm2-failover status --pair orders --set clients-k1 --region eu-central-1',
  ]);
});
test('before the first publish aborting is offered too', async () => {
  const { ports, ask } = await world(claimedState(config));
  await ask({ ...hold, stage: 'Pin positions' });
  expect(ports.notifier.messages[0]?.body).toContain('abort --pair orders');
});
test('an approval offers approve and reject', async () => {
  const { ports, ask } = await world(claimedState(config, { open: claimOf({ approval: 'pending' }) }));
  await ask(approval);
  expect(ports.notifier.messages[0]?.body).toContain(
    'approve --pair orders --set clients-k1 --region eu-central-1 --epoch 1\n  npx mm2-failover reject',
  );
});
test('the hold is reported as an event', async () => {
  const { ports, ask } = await world();
  await ask(hold);
  expect(ports.events.named('MoveHeld')).toMatchObject([
    { epoch: 1, step: 'Await adoption (draining)', cause: 'nobody reads K1.orders-0' },
  ]);
});
test('a reminder replaces the question by the one with the new token', async () => {
  const { ports, ask } = await world();
  await ask(hold);
  await ask({ ...hold, taskToken: 'token-2' });
  expect((await ports.control.question('clients-k1'))?.taskToken).toBe('token-2');
});
test('nobody is asked about an epoch that is over; its workflow is led to the end', async () => {
  const { ports, ask } = await world(claimedState(config, { open: claimOf({ execution: 'another' }) }));
  ports.workflows.waiting('token-1');
  await ask(hold);
  expect(await ports.control.question('clients-k1')).toBeNull();
  expect(ports.notifier.messages).toEqual([]);
  expect(ports.workflows.answers).toMatchObject([{ taskToken: 'token-1', output: { kind: 'abort' } }]);
});
test.each(['putQuestion', 'readSet'] as const)('with %s failing for good it still does not throw', async (method) => {
  const { ports, ask } = await world();
  ports.control.faults.failAlways(method);
  await expect(ask(hold)).resolves.toBeUndefined();
  expect(ports.log.lines.filter(({ level }) => level === 'error')).toHaveLength(3);
});
test('a question that nobody could be told of is stored, and says who was not told', async () => {
  const { ports, ask } = await world();
  ports.notifier.faults.failAlways('notify');
  ports.events.faults.failAlways('report');
  await ask(hold);
  expect((await ports.control.question('clients-k1'))?.untold).toEqual(['people', 'bus']);
});
test('people who were told are not marked although the bus refused', async () => {
  const { ports, ask } = await world();
  ports.events.faults.failAlways('report');
  await ask(hold);
  expect((await ports.control.question('clients-k1'))?.untold).toEqual(['bus']);
});
test('a question that was answered while people were told of it stays answered', async () => {
  const { ports, ask } = await world();
  ports.events.faults.failAlways('report');
  ports.notifier.faults.beforeEach(() => ports.control.clearQuestion('clients-k1', 'token-1'));
  await ask(hold);
  expect(await ports.control.question('clients-k1')).toBeNull();
});
test('one lost write of the question is tried again', async () => {
  const { ports, ask } = await world();
  ports.control.faults.failNext('putQuestion');
  await ask(hold);
  expect(await ports.control.question('clients-k1')).not.toBeNull();
});
test.each([
  [
    'what Lambda threw',
    { Error: 'KafkaUnavailable', Cause: '{"errorType":"KafkaUnavailable","errorMessage":"K2 did not answer"}' },
    'the step failed and its retries are used up: KafkaUnavailable: K2 did not answer',
  ],
  [
    'a cause in plain words',
    { Error: 'States.Timeout', Cause: 'took too long' },
    'the step failed and its retries are used up: States.Timeout: took too long',
  ],
  ['nothing at all', undefined, 'the step failed and its retries are used up: an error without a name'],
])('%s becomes a sentence', (_story, because, sentence) => expect(causeOf(because)).toEqual({ sentence, reasons: [] }));
test('the subject stays within the 100 characters of SNS', () => {
  const state = claimedState(config);
  const question = {
    question: 'hold' as const,
    epoch: 1,
    stage: 'x'.repeat(200),
    taskToken: 'token-1',
    askedAtMs: TEN_O_CLOCK,
    sentence: 'nobody reads',
    reasons: [],
  };
  expect(questionMessage(question, { state, claim: state.open!, region: K2_REGION }).subject).toHaveLength(100);
});
