/** The AWS side of contract tests: one emulator per test file, tables and machines per pair name. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConfirmSubscriptionCommand, CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { Emulator } from '../../support/world/emulator.ts';
import type { Inbox } from './inbox.ts';
import { ProcessOwner } from '../../support/world/processes.ts';
import './patience.ts';

export const HOME_REGION = 'eu-west-1';
export const CONTROL_REGION = 'eu-central-1';

export interface EmulatorAccess {
  /** Only while tests run. */
  readonly endpoint: string;
  client(region: string): ReturnType<Emulator['client']>;
}

/** Starts the emulator before the tests of this file and points every SDK client of this process at it. */
export function emulatorForThisFile(): EmulatorAccess {
  let owner: ProcessOwner | undefined;
  let emulator: Emulator | undefined;
  beforeAll(async () => {
    owner = new ProcessOwner();
    const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-contracts-'));
    owner.removeAtEnd(folder);
    emulator = await Emulator.start({ owner, folder });
    Object.assign(process.env, emulator.environment(CONTROL_REGION));
  });
  afterAll(async () => owner?.stopAll());
  const running = (): Emulator => {
    if (emulator === undefined)
      throw new Error('the emulator runs only while tests run: ask for it inside a test or a hook');
    return emulator;
  };
  return {
    get endpoint() {
      return running().endpoint;
    },
    client: (region) => running().client(region),
  };
}

let pairs = 0;
/** A name that no other test of this file uses: tables, parameters and machines of two tests never meet. */
export const ownPair = (): string => `pair-${(pairs += 1)}`;

/** A table as the stack makes it. */
export async function makeTable(emulator: EmulatorAccess, region: string, name: string): Promise<void> {
  const client = new DynamoDBClient(emulator.client(region));
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
}

/** An SNS topic that posts what is published to it to the inbox; the subscription is confirmed as a person would. */
export async function topicTo(inbox: Inbox, emulator: EmulatorAccess, name: string): Promise<string> {
  const sns = new SNSClient(emulator.client(CONTROL_REGION));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
  if (TopicArn === undefined) throw new Error(`topic ${name} was made without an ARN`);
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: inbox.url }));
  const Token = await inbox.first((posted) =>
    posted['Type'] === 'SubscriptionConfirmation' && posted['TopicArn'] === TopicArn
      ? String(posted['Token'])
      : undefined,
  );
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
  return TopicArn;
}

/** What was published as a JSON message; an empty object for everything else. */
export const messageOf = (posted: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const message = posted['Message'];
  return typeof message === 'string' && message.startsWith('{') ? (JSON.parse(message) as Record<string, unknown>) : {};
};
