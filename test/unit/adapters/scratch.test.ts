/** SSM answers a put of the scratch parameter as a busy account's would. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ssmScratch } from '../../../lambdas/adapters/ssm/scratch.ts';

const FOR_TEST = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const before = { ...process.env };
let server: Server;
/** What the service does with each put, in order; the last one with all that follow. */
let answers: readonly ((response: ServerResponse) => void)[];
let puts: number;

const saying = (status: number, type: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ __type: type, message: 'Rate exceeded' }));
};
const throttled = saying(400, 'ThrottlingException');
const hangs = () => undefined;
const written = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ Version: 1, Tier: 'Standard' }));
};

beforeEach(async () => {
  puts = 0;
  server = createServer((request, response) => {
    request.resume();
    answers[Math.min(puts, answers.length - 1)]!(response);
    puts += 1;
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

const put = () => ssmScratch('orders').put('eu-central-1', 'clients-k1', 'tried');

test.each([
  ['throttles every put', [throttled]],
  ['throttles, and is silent when it is asked again', [throttled, hangs]],
  ['fails once and then throttles', [saying(500, 'InternalServerError'), throttled]],
])('a service that %s is busy, not unreachable', async (_story, told) => {
  answers = told;
  expect(await put()).toMatchObject({ kind: 'busy', because: expect.stringContaining('ThrottlingException') });
});

test('one failure of the service is forgiven', async () => {
  answers = [saying(500, 'InternalServerError'), written];
  expect(await put()).toEqual({ kind: 'written' });
});

test('a refused right is no business of the service: the move could not be finished', async () => {
  answers = [saying(400, 'AccessDeniedException')];
  expect(await put()).toMatchObject({ kind: 'unreachable', because: expect.stringContaining('AccessDenied') });
});
