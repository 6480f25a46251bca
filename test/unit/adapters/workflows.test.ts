import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stepFunctions } from '../../../lambdas/adapters/stepfunctions/workflows.ts';

const EXECUTION = 'arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-orders-failover:one';
const FOR_TEST = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const before = { ...process.env };
let server: Server;

/** Step Functions right after a start: the execution is not to be seen yet. */
beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'ExecutionDoesNotExist', message: 'Execution Does Not Exist' }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, FOR_TEST, { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
});
afterEach(async () => {
  for (const name of [...Object.keys(FOR_TEST), 'AWS_ENDPOINT_URL'])
    if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[name];
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('an execution that cannot be seen yet has no result yet: the person who started it is not told of an error', async () => {
  const workflows = stepFunctions({
    place: { region: 'eu-central-1' },
    env: {
      MM2F_FAILOVER_MACHINE_ARN: 'failover',
      MM2F_SWITCHOVER_MACHINE_ARN: 'switchover',
      MM2F_FAILBACK_MACHINE_ARN: 'failback',
    },
  });
  expect(await workflows.result(EXECUTION)).toBeNull();
  expect(await workflows.status(EXECUTION)).toBe('unknown');
});
