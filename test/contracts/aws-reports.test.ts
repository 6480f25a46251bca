/** Where use cases report to: the bus, people, and what functions need to know secretly. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DomainEvent } from '../../core/contracts/events.ts';
import { eventBridgeSink } from '../../lambdas/adapters/eventbridge/event-sink.ts';
import { secretsManager } from '../../lambdas/adapters/secrets.ts';
import { snsNotifier } from '../../lambdas/adapters/sns/notifier.ts';
import type { EventSink, Notifier } from '../../lambdas/ports.ts';
import { fakeEventSink, fakeNotifier } from '../support/fakes/reports.ts';
import { CONTROL_REGION, emulatorForThisFile, messageOf, ownPair, topicTo } from './support/aws.ts';
import { openInbox, type Inbox } from './support/inbox.ts';
import { ten } from './support/records.ts';

const emulator = emulatorForThisFile();
let inbox: Inbox;
beforeAll(async () => {
  inbox = await openInbox();
});
afterAll(async () => inbox.close());

const outage = (over: Partial<Extract<DomainEvent, { name: 'OutageConfirmed' }>['detail']> = {}): DomainEvent => ({
  name: 'OutageConfirmed',
  detail: {
    pair: 'orders',
    clientSet: 'clients-k1',
    cluster: 'K1',
    epoch: 0,
    incidentId: 'i-1',
    observedAtMs: ten,
    sentence: 'K1 is down',
    ...over,
  },
});

interface SinkSetting {
  readonly sink: EventSink;
  /** Name and detail of the event of this incident, once it has arrived. */
  readonly arrived: (incidentId: string) => Promise<unknown>;
}

async function sinkInMemory(): Promise<SinkSetting> {
  const sink = fakeEventSink();
  return {
    sink,
    arrived: async (incidentId) =>
      sink.sent.find(({ detail }) => 'incidentId' in detail && detail.incidentId === incidentId),
  };
}

/** A bus whose events of our source all go to the inbox. */
async function sinkOnEventBridge(): Promise<SinkSetting> {
  const bus = ownPair();
  const client = new EventBridgeClient(emulator.client(CONTROL_REGION));
  await client.send(new CreateEventBusCommand({ Name: bus }));
  await client.send(
    new PutRuleCommand({ Name: 'all', EventBusName: bus, EventPattern: JSON.stringify({ source: ['mm2-failover'] }) }),
  );
  await client.send(
    new PutTargetsCommand({
      Rule: 'all',
      EventBusName: bus,
      Targets: [{ Id: 'inbox', Arn: await topicTo(inbox, emulator, `${bus}-events`) }],
    }),
  );
  return {
    sink: eventBridgeSink({ region: CONTROL_REGION, bus }),
    arrived: (incidentId) =>
      inbox.first((posted) => {
        const event = messageOf(posted) as { 'detail-type'?: string; detail?: { incidentId?: string } };
        return event.detail?.incidentId === incidentId
          ? { name: event['detail-type'], detail: event.detail }
          : undefined;
      }),
  };
}

describe.each([
  ['in memory', sinkInMemory],
  ['on EventBridge', sinkOnEventBridge],
] as const)('event sink %s', (_where, make) => {
  test('an event arrives under its name with its detail', async () => {
    const { sink, arrived } = await make();
    await sink.report(outage({ incidentId: `i-${_where}` }));
    expect(await arrived(`i-${_where}`)).toEqual(outage({ incidentId: `i-${_where}` }));
  });

  test('what the contract does not know is left out', async () => {
    const { sink, arrived } = await make();
    const event = outage({ incidentId: `extra-${_where}` });
    await sink.report({ ...event, detail: { ...event.detail, mood: 'grim' } } as unknown as DomainEvent);
    expect(await arrived(`extra-${_where}`)).toEqual(event);
  });

  test('an event that breaks its contract is refused before it leaves', async () => {
    const { sink } = await make();
    await expect(sink.report(outage({ sentence: '' }))).rejects.toThrow(/sentence/);
  });
});

describe('on EventBridge', () => {
  afterEach(() => {
    process.env['AWS_ENDPOINT_URL'] = emulator.endpoint;
  });

  test('a refusal inside a successful answer is an error that names bus, event and code', async () => {
    const refusing = await openInbox({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
    });
    process.env['AWS_ENDPOINT_URL'] = refusing.url;
    const sink = eventBridgeSink({ region: CONTROL_REGION, bus: 'mm2-failover' });
    await expect(sink.report(outage())).rejects.toThrow(
      'bus mm2-failover in eu-central-1 did not take OutageConfirmed: ThrottlingException slow down',
    );
    await refusing.close();
  });
});

interface NotifierSetting {
  readonly notifier: Notifier;
  readonly arrived: (body: string) => Promise<{ readonly subject: unknown; readonly body: unknown } | undefined>;
}

async function notifierInMemory(): Promise<NotifierSetting> {
  const notifier = fakeNotifier();
  return { notifier, arrived: async (body) => notifier.messages.find((message) => message.body === body) };
}

async function notifierOnSns(): Promise<NotifierSetting> {
  const notifier = snsNotifier({
    region: CONTROL_REGION,
    topicArn: await topicTo(inbox, emulator, `${ownPair()}-notifications`),
  });
  return {
    notifier,
    arrived: (body) =>
      inbox.first((posted) => (posted['Message'] === body ? { subject: posted['Subject'], body } : undefined)),
  };
}

describe.each([
  ['in memory', notifierInMemory],
  ['on SNS', notifierOnSns],
] as const)('notifier %s', (where, make) => {
  test('a message arrives with its subject', async () => {
    const { notifier, arrived } = await make();
    await notifier.notify({
      subject: 'clients-k1: approval is asked for',
      body: `K1 is down (${where})\nnpm run cli -- approve`,
    });
    expect(await arrived(`K1 is down (${where})\nnpm run cli -- approve`)).toEqual({
      subject: 'clients-k1: approval is asked for',
      body: `K1 is down (${where})\nnpm run cli -- approve`,
    });
  });
});

describe('secrets', () => {
  const made = async (name: string, text: string) => {
    const client = new SecretsManagerClient(emulator.client(CONTROL_REGION));
    const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
    return {
      arn: ARN!,
      rotate: (next: string) => client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: next })),
    };
  };

  test('fields come back by name', async () => {
    const { arn } = await made('scram', '{"username":"mm2","password":"s3cret"}');
    expect(await secretsManager()(arn)).toEqual({ username: 'mm2', password: 's3cret' });
  });

  test('a rotated secret is seen after five minutes, and not asked for before', async () => {
    const { arn, rotate } = await made('rotated', '{"password":"old"}');
    let nowMs = ten;
    const read = secretsManager(() => nowMs);
    await read(arn);
    await rotate('{"password":"new"}');
    nowMs += 299_999;
    expect(await read(arn)).toEqual({ password: 'old' });
    nowMs += 1;
    expect(await read(arn)).toEqual({ password: 'new' });
  });

  test('a secret that opened no door is read anew, though not more often than every five seconds', async () => {
    const { arn, rotate } = await made('refused', '{"password":"old"}');
    let nowMs = ten;
    const read = secretsManager(() => nowMs);
    await read(arn);
    await rotate('{"password":"new"}');
    read.refused(arn);
    nowMs += 4_999;
    expect(await read(arn)).toEqual({ password: 'old' });
    nowMs += 1;
    expect(await read(arn)).toEqual({ password: 'new' });
  });

  test('a text that is no JSON is refused without being quoted', async () => {
    const { arn } = await made('plain', 'hunter2');
    const error: unknown = await secretsManager()(arn).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/is no JSON object of strings; store it like/);
    expect(String(error)).not.toContain('hunter2');
  });

  test('a secret that does not exist is named', async () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:nothing-AbCdEf';
    await expect(secretsManager()(arn)).rejects.toThrow(`secret ${arn} cannot be read (ResourceNotFoundException`);
  });
});
