/**
 * A restart hook that is an SSM Automation: EventBridge starts it, with the input of our rule as its parameters. No emulator at
 * hand runs automations or has EventBridge start them, so what is seen here is that AWS's own model of StartAutomationExecution
 * takes that input, and what is sent then. That a document runs is seen on AWS only.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { configOf, flat, synthesize } from '../support/synthesized.ts';
import { emulatorPython } from '../support/world/paths.ts';
import { openInbox } from './support/inbox.ts';
import './support/patience.ts';

const ROLE = 'arn:aws:iam::111122223333:role/restart-orders';

/** Document, version and input of the one target, as the deployed rule has them. */
function target(parameters: Readonly<Record<string, string[]>>) {
  const config = configOf('two-regions-witness');
  const restart = { automation: 'RestartOrders', role: ROLE, parameters };
  const k1 = { ...config.clientSets['clients-k1']!, hooks: { restart } };
  const stack = synthesize({ ...config, clientSets: { ...config.clientSets, 'clients-k1': k1 } }).get('eu-west-1')!;
  const rules = stack.ofType('AWS::Events::Rule').map(({ Properties }) => JSON.stringify(Properties['Targets'] ?? []));
  const [found] = JSON.parse(rules.find((text) => text.includes('automation-definition'))!) as [
    { readonly Arn: unknown; readonly Input: string },
  ];
  const [name, version] = flat(stack, found.Arn).split('automation-definition/')[1]!.split(':');
  return { name: name!, version: version!, input: found.Input };
}

/** botocore judges by AWS's model before it sends. */
const CALL = `
import json, sys, botocore.session
endpoint, name, version, given = sys.argv[1:]
ssm = botocore.session.get_session().create_client(
    "ssm", region_name="eu-west-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x")
ssm.start_automation_execution(DocumentName=name, DocumentVersion=version, Parameters=json.loads(given))
`;

async function start({ name, version, input }: ReturnType<typeof target>) {
  const inbox = await openInbox({ AutomationExecutionId: '00000000-0000-0000-0000-000000000000' });
  try {
    await promisify(execFile)(emulatorPython, ['-c', CALL, inbox.url, name, version, input]);
    return await inbox.first((body) => body);
  } finally {
    await inbox.close();
  }
}

test("what our rule hands over is what AWS's model of StartAutomationExecution takes", async () => {
  expect(await start(target({ Service: ['orders', 'orders-batch'] }))).toEqual({
    DocumentName: 'RestartOrders',
    DocumentVersion: '$DEFAULT',
    Parameters: { Service: ['orders', 'orders-batch'], AutomationAssumeRole: [ROLE] },
  });
});

test('the model does refuse: parameters that are no lists are not sent', async () => {
  const wrong = { ...target({}), input: JSON.stringify({ Service: 'orders' }) };
  await expect(start(wrong)).rejects.toThrow('Invalid type for parameter Parameters.Service');
});
