/** One suite for a schema registry: in memory, and the adapter against a server that speaks the documented REST API. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  RegistryUnavailable,
  schemaRegistries,
  type SecretResolver,
} from '../../lambdas/adapters/schema-registry/index.ts';
import type { SchemaRegistry } from '../../lambdas/ports.ts';
import { pairConfig } from '../support/builders/pair.ts';
import { fakeRegistry, type FakeRegistry } from '../support/fakes/schema-registry.ts';
import { certificate, PASSWORD } from '../support/world/secure-listener.ts';
import './support/patience.ts';

interface Lab extends Pick<FakeRegistry, 'register' | 'setCompatibility'> {
  readonly registry: SchemaRegistry;
}

const ORDER = '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}';
const ORDER_2 =
  '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"note","type":["null","string"],"default":null}]}';
/** The same as ORDER for every reader. */
const ORDER_SPACED = '{ "name": "Order", "type": "record",\n "fields": [ { "type": "long", "name": "id" } ] }';

function registryContract(make: () => Promise<Lab>): void {
  test('a subject that nobody registered is null, and so is an id that means nothing', async () => {
    const { registry } = await make();
    expect([await registry.subject('orders-value'), await registry.schema(7)]).toEqual([null, null]);
  });

  test('a subject has its versions, oldest first, with their ids', async () => {
    const { registry, register } = await make();
    register('orders-value', ORDER, 41);
    register('orders-value', ORDER_2, 57);
    const found = await registry.subject('orders-value');
    expect(found?.versions.map(({ version, id }) => [version, id])).toEqual([
      [1, 41],
      [2, 57],
    ]);
    expect(found?.versions[0]?.schema).not.toBe(found?.versions[1]?.schema);
  });

  test('an id means what its version says', async () => {
    const { registry, register } = await make();
    register('orders-value', ORDER, 41);
    expect(await registry.schema(41)).toBe((await registry.subject('orders-value'))?.versions[0]?.schema);
  });

  test("a subject without a level of its own has the registry's", async () => {
    const { registry, register, setCompatibility } = await make();
    register('orders-value', ORDER, 1);
    register('orders-key', ORDER, 1);
    setCompatibility('FULL');
    setCompatibility('NONE', 'orders-key');
    expect((await registry.subject('orders-value'))?.compatibility).toBe('FULL');
    expect((await registry.subject('orders-key'))?.compatibility).toBe('NONE');
  });
}

describe('in memory', () => {
  registryContract(async () => {
    const fake = fakeRegistry();
    return { ...fake, registry: fake.port };
  });
});

const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));

interface Served {
  readonly subjects: Map<string, { readonly schema: string; readonly id: number }[]>;
  readonly levels: Map<string, string>;
  level: string;
  /** `user:password` that is asked for. */
  auth?: string;
}

const notFound = (code: number) => ({ status: 404, body: { error_code: code, message: 'not found' } });
const ok = (body: unknown) => ({ status: 200, body });

/** The API as its documentation has it: GET /subjects..., /schemas/ids/{id}, /config[/{subject}]; AVRO goes without a type. */
function answerFor(served: Served, path: string): { readonly status: number; readonly body: unknown } {
  const [first, second, third, fourth] = path.split('/').slice(1).map(decodeURIComponent);
  const versions = served.subjects.get(second ?? '');
  if (first === 'subjects' && third === 'versions') {
    if (versions === undefined) return notFound(40_401);
    if (fourth === undefined) return ok(versions.map((_, i) => i + 1));
    const found = versions[Number(fourth) - 1];
    return found ? ok({ subject: second, version: Number(fourth), ...found }) : notFound(40_402);
  }
  if (first === 'schemas' && second === 'ids') {
    const found = [...served.subjects.values()].flat().find(({ id }) => id === Number(third));
    return found ? ok({ schema: found.schema }) : notFound(40_403);
  }
  if (first === 'config') {
    const level = second === undefined ? served.level : served.levels.get(second);
    return level === undefined ? notFound(40_408) : ok({ compatibilityLevel: level });
  }
  return notFound(404);
}

const listener =
  (served: Served): RequestListener =>
  (request: IncomingMessage, response) => {
    const expected = served.auth === undefined ? undefined : `Basic ${Buffer.from(served.auth).toString('base64')}`;
    const { status, body } =
      expected !== undefined && request.headers.authorization !== expected
        ? { status: 401, body: { error_code: 40_101, message: 'Unauthorized' } }
        : answerFor(served, request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
    response.end(JSON.stringify(body));
  };

const nothingServed = (): Served => ({ subjects: new Map(), levels: new Map(), level: 'BACKWARD' });

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

const cluster = (broker: string, extra: object) => ({
  region: 'eu-west-1',
  bootstrapServers: [broker],
  auth: 'a',
  ...extra,
});
const secretArn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:registry';

function adapterFor(address: string, secret?: Readonly<Record<string, string>>): SchemaRegistry {
  const K1 = cluster('k1:9092', {
    schemaRegistry: address,
    ...(secret === undefined ? {} : { schemaRegistrySecretArn: secretArn }),
  });
  const secretOf: SecretResolver = async () => secret ?? {};
  const config = pairConfig({}, { clusters: { K1, K2: cluster('k2:9092', { region: 'eu-central-1' }) } });
  return schemaRegistries(config, secretOf).registry('K1')!;
}

async function served(prefix = ''): Promise<Lab & { readonly served: Served; readonly address: string }> {
  const state = nothingServed();
  const withPrefix: RequestListener = (request, response) => {
    request.url = (request.url ?? '').replace(prefix, '');
    listener(state)(request, response);
  };
  const address = `http://127.0.0.1:${await listen(createServer(withPrefix))}${prefix}`;
  return {
    served: state,
    address,
    registry: adapterFor(address),
    register: (subject, schema, id) =>
      void state.subjects.set(subject, [...(state.subjects.get(subject) ?? []), { schema, id }]),
    setCompatibility: (level, subject) => {
      if (subject === undefined) state.level = level;
      else state.levels.set(subject, level);
    },
  };
}

describe('over HTTP', () => {
  registryContract(() => served());

  test('below a path, and by the first of several addresses', async () => {
    const { address, register } = await served('/apis/ccompat/v7');
    register('orders-value', ORDER, 3);
    expect((await adapterFor(`${address}/,http://127.0.0.1:1`).subject('orders-value'))?.versions).toHaveLength(1);
  });

  test('layout and order of keys do not make another schema', async () => {
    const { registry, register } = await served();
    register('orders-value', ORDER, 1);
    register('other-value', ORDER_SPACED, 2);
    expect(await registry.schema(1)).toBe(await registry.schema(2));
  });

  test('a subject with a slash in its name is one subject', async () => {
    const { registry, register } = await served();
    register('a/b-value', ORDER, 1);
    expect((await registry.subject('a/b-value'))?.versions).toHaveLength(1);
  });

  test('basic auth comes from the secret', async () => {
    const { served: state, address, register } = await served();
    state.auth = 'reader:secret';
    register('orders-value', ORDER, 1);
    expect(await adapterFor(address, { username: 'reader', password: 'secret' }).schema(1)).not.toBeNull();
  });

  test('refused credentials say which setting to check', async () => {
    const { served: state, registry } = await served();
    state.auth = 'reader:secret';
    await expect(registry.schema(1)).rejects.toThrow(/refuses us \(HTTP 401\); check schemaRegistrySecretArn/);
  });

  test.each([
    ['nobody listens', 'http://127.0.0.1:2', 'ECONNREFUSED'],
    ['no address at all', 'registry:8081', 'is no address'],
  ])('%s: unavailable', async (_story, address, sentence) => {
    const asked = adapterFor(address).subject('orders-value');
    await expect(asked).rejects.toThrow(RegistryUnavailable);
    await expect(asked).rejects.toThrow(sentence);
  });

  test('a wrong path is unavailable, not an empty registry', async () => {
    const { address } = await served();
    await expect(adapterFor(`${address}/wrong`).subject('orders-value')).rejects.toThrow(RegistryUnavailable);
  });

  test('a page in place of JSON is unavailable', async () => {
    const server = createServer((_request, response) => response.end('<html>login</html>'));
    await expect(adapterFor(`http://127.0.0.1:${await listen(server)}`).schema(1)).rejects.toThrow('no JSON');
  });
});

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-registry-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('with the authority of the secret it is read, without it refused', async () => {
    const { keystore, pem } = await certificate(folder, 'registry');
    const state = nothingServed();
    state.subjects.set('orders-value', [{ schema: ORDER, id: 9 }]);
    const server = createTlsServer({ pfx: await readFile(keystore), passphrase: PASSWORD }, listener(state));
    const address = `https://localhost:${await listen(server)}`;
    expect((await adapterFor(address, { ca: pem }).subject('orders-value'))?.versions[0]?.id).toBe(9);
    await expect(adapterFor(address).subject('orders-value')).rejects.toThrow(/SELF_SIGNED|self.signed/i);
  });
});
