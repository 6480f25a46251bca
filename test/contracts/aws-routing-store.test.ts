/** One suite for the routing parameters: in memory and on SSM, with regions that fail. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { plainParameters, routingParameter, scratchParameter } from '../../core/contracts/routing.ts';
import { ssmRoutingStore } from '../../lambdas/adapters/ssm/routing-store.ts';
import { ssmScratch } from '../../lambdas/adapters/ssm/scratch.ts';
import type { RoutingStore } from '../../lambdas/ports.ts';
import { fakeRoutingStore } from '../support/fakes/routing-store.ts';
import { CONTROL_REGION, emulatorForThisFile, HOME_REGION, ownPair } from './support/aws.ts';
import { routing } from './support/records.ts';
import { regionProxy, type RegionFault, type RegionProxy } from './support/region-proxy.ts';

const emulator = emulatorForThisFile();
let proxy: RegionProxy;
beforeAll(async () => {
  proxy = await regionProxy(emulator.endpoint);
  process.env['AWS_ENDPOINT_URL'] = proxy.endpoint;
});
afterAll(async () => proxy.close());

interface Setting {
  readonly pair: string;
  readonly store: RoutingStore;
  readonly fault: (region: string, fault: RegionFault | 'none') => void;
  /** What is really stored, faults or not. */
  readonly peek: (region: string, path: string) => Promise<{ readonly text: string; readonly version: number } | null>;
  readonly edit: (region: string, path: string, text: string) => Promise<void>;
}

async function inMemory(): Promise<Setting> {
  const pair = ownPair();
  const store = fakeRoutingStore(pair);
  return {
    pair,
    store,
    fault: (region, fault) => store.fault(region, fault),
    peek: async (region, path) => store.peek(region, path),
    edit: async (region, path, text) => store.edit(region, path, text),
  };
}

async function onSsm(): Promise<Setting> {
  const pair = ownPair();
  const direct = (region: string) => new SSMClient(emulator.client(region));
  return {
    pair,
    store: ssmRoutingStore(pair),
    fault: (region, fault) => proxy.fault(region, fault),
    peek: async (region, path) => {
      try {
        const { Parameter } = await direct(region).send(new GetParameterCommand({ Name: path }));
        return { text: Parameter!.Value!, version: Parameter!.Version! };
      } catch {
        return null;
      }
    },
    edit: async (region, path, text) => {
      await direct(region).send(new PutParameterCommand({ Name: path, Value: text, Type: 'String', Overwrite: true }));
    },
  };
}

describe.each([
  ['in memory', inMemory],
  ['on SSM', onSsm],
] as const)('routing store %s', (_where, make) => {
  test('before the first write there is nothing', async () => {
    const { store } = await make();
    expect(await store.read(CONTROL_REGION, 'clients-k1')).toEqual({ kind: 'absent' });
  });

  test('what was written is read back as one text', async () => {
    const { store, pair } = await make();
    expect(await store.write(CONTROL_REGION, routing(pair))).toEqual({ kind: 'written', version: 1 });
    expect(await store.read(CONTROL_REGION, 'clients-k1')).toEqual({
      kind: 'present',
      text: JSON.stringify(routing(pair)),
      version: 1,
    });
  });

  test('the same value again is not written again', async () => {
    const { store, pair } = await make();
    await store.write(CONTROL_REGION, routing(pair));
    expect(await store.write(CONTROL_REGION, routing(pair))).toEqual({ kind: 'written', version: 1 });
  });

  test('another value is the next version', async () => {
    const { store, pair } = await make();
    await store.write(CONTROL_REGION, routing(pair));
    expect(await store.write(CONTROL_REGION, routing(pair, { revision: 3 }))).toEqual({ kind: 'written', version: 2 });
  });

  test('a region knows nothing of another', async () => {
    const { store, pair } = await make();
    await store.write(CONTROL_REGION, routing(pair));
    expect(await store.read(HOME_REGION, 'clients-k1')).toEqual({ kind: 'absent' });
  });

  test('the plain parameters say the same', async () => {
    const { store, pair, peek } = await make();
    await store.write(CONTROL_REGION, routing(pair));
    expect(await store.plainDrift(CONTROL_REGION, routing(pair))).toEqual([]);
    expect((await peek(CONTROL_REGION, `/mm2-failover/${pair}/clients-k1/consumers/topics`))?.text).toBe(
      'K1.orders,K1.payments',
    );
    expect((await peek(CONTROL_REGION, `/mm2-failover/${pair}/clients-k1/producers/bootstrap-servers`))?.text).toBe(
      'k2-a:9092,k2-b:9092',
    );
  });

  test('plain parameters that did not change keep their version', async () => {
    const { store, pair, peek } = await make();
    await store.write(CONTROL_REGION, routing(pair));
    await store.write(
      CONTROL_REGION,
      routing(pair, { revision: 3, producers: { ...routing(pair).producers, state: 'hold' } }),
    );
    expect((await peek(CONTROL_REGION, `/mm2-failover/${pair}/clients-k1/producers/state`))?.version).toBe(2);
    expect((await peek(CONTROL_REGION, `/mm2-failover/${pair}/clients-k1/consumers/topics`))?.version).toBe(1);
  });

  test('a plain parameter that was edited by hand is drift, and the next write corrects it', async () => {
    const { store, pair, edit } = await make();
    const path = `/mm2-failover/${pair}/clients-k1/producers/state`;
    await store.write(CONTROL_REGION, routing(pair));
    await edit(CONTROL_REGION, path, 'stopped');
    expect(await store.plainDrift(CONTROL_REGION, routing(pair))).toEqual([path]);
    await store.write(CONTROL_REGION, routing(pair));
    expect(await store.plainDrift(CONTROL_REGION, routing(pair))).toEqual([]);
  });

  test('where nothing is written everything drifts', async () => {
    const { store, pair } = await make();
    expect(new Set(await store.plainDrift(CONTROL_REGION, routing(pair)))).toEqual(
      new Set(Object.keys(plainParameters(routing(pair)))),
    );
  });

  test('4,096 bytes fit, 4,097 are refused before anything is written', async () => {
    const { store, pair, peek } = await make();
    const spare = 4_096 - Buffer.byteLength(JSON.stringify(routing(pair, { cause: '' })));
    await expect(store.write(CONTROL_REGION, routing(pair, { cause: 'x'.repeat(spare + 1) }))).rejects.toThrow(
      /has 4097 bytes; allowed: 4096/,
    );
    expect(await peek(CONTROL_REGION, routingParameter(pair, 'clients-k1'))).toBeNull();
    expect(await store.write(CONTROL_REGION, routing(pair, { cause: 'x'.repeat(spare) }))).toMatchObject({
      kind: 'written',
    });
  });

  test('the limit counts bytes, not letters', async () => {
    const { store, pair } = await make();
    await expect(store.write(CONTROL_REGION, routing(pair, { cause: 'é'.repeat(2_000) }))).rejects.toThrow(
      /bytes; allowed: 4096/,
    );
  });

  test('an unreachable region is named, nothing is written there, and others work', async () => {
    const { store, pair, fault, peek } = await make();
    fault(HOME_REGION, 'unreachable');
    const [home, control] = await Promise.all([
      store.write(HOME_REGION, routing(pair)),
      store.write(CONTROL_REGION, routing(pair)),
    ]);
    expect(home).toMatchObject({ kind: 'unreachable', because: expect.stringContaining(HOME_REGION) });
    expect(control).toEqual({ kind: 'written', version: 1 });
    expect(await store.read(HOME_REGION, 'clients-k1')).toMatchObject({ kind: 'unreachable' });
    fault(HOME_REGION, 'none');
    expect(await peek(HOME_REGION, routingParameter(pair, 'clients-k1'))).toBeNull();
  });

  test('a write whose answer is lost is "unreachable" although it stands, and repeating it finds it done', async () => {
    const { store, pair, fault, peek } = await make();
    fault(HOME_REGION, 'response-lost');
    expect(await store.write(HOME_REGION, routing(pair))).toMatchObject({ kind: 'unreachable' });
    expect(await peek(HOME_REGION, routingParameter(pair, 'clients-k1'))).toEqual({
      text: JSON.stringify(routing(pair)),
      version: 1,
    });
    fault(HOME_REGION, 'none');
    expect(await store.plainDrift(HOME_REGION, routing(pair))).toHaveLength(4);
    expect(await store.write(HOME_REGION, routing(pair))).toEqual({ kind: 'written', version: 1 });
    expect(await store.plainDrift(HOME_REGION, routing(pair))).toEqual([]);
  });

  test('drift in an unreachable region is an error, never "no drift"', async () => {
    const { store, pair, fault } = await make();
    fault(HOME_REGION, 'unreachable');
    await expect(store.plainDrift(HOME_REGION, routing(pair))).rejects.toThrow();
    fault(HOME_REGION, 'none');
  });
});

describe('on SSM', () => {
  test('a region that does not answer costs about two seconds, not more', async () => {
    const { store, fault } = await onSsm();
    fault(HOME_REGION, 'unreachable');
    const before = performance.now();
    await store.read(HOME_REGION, 'clients-k1');
    fault(HOME_REGION, 'none');
    expect(performance.now() - before).toBeLessThan(3_500);
  });
});

describe('the scratch parameter on SSM', () => {
  test('is put again and again, under its own name, and says nothing to clients', async () => {
    const { pair, store, peek } = await onSsm();
    const scratch = ssmScratch(pair);
    for (const text of ['one', 'two'])
      expect(await scratch.put(CONTROL_REGION, 'clients-k1', text)).toEqual({ kind: 'written' });
    expect((await peek(CONTROL_REGION, scratchParameter(pair, 'clients-k1')))?.text).toBe('two');
    expect(await store.read(CONTROL_REGION, 'clients-k1')).toEqual({ kind: 'absent' });
  });

  test('in a region that cannot be reached says so within seconds', async () => {
    const { pair, fault } = await onSsm();
    fault(HOME_REGION, 'unreachable');
    expect(await ssmScratch(pair).put(HOME_REGION, 'clients-k1', 'one')).toMatchObject({
      kind: 'unreachable',
      because: expect.stringContaining(`SSM in ${HOME_REGION}`),
    });
    fault(HOME_REGION, 'none');
  });
});
