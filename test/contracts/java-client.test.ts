/** The Java samples in examples/clients/java on two real clusters: what docs/client-contract.md asks of any client. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import {
  commitStart,
  createTopic,
  fill,
  members,
  startTwoClusters,
  type TwoClusters,
  valuesIn,
} from './support/client-world.ts';
import {
  compileSamples,
  javaFollower,
  javaWriter,
  type JavaFollower,
  type JavaWriter,
  type Outcomes,
} from './support/java-follower.ts';

let world: TwoClusters;
let classes: string;

beforeAll(async () => {
  world = await startTwoClusters('java-client');
  classes = await compileSamples(world);
});

const follower = (topic: string): JavaFollower => javaFollower({ world, classes, topic });
const writer = (topic: string): JavaWriter => javaWriter({ world, classes, topic });

afterAll(() => world.stop());

const atHome = (topic: string): Routing => clientRouting({ ...at('K1', world.k1.bootstrapServers), topics: [topic] });
const away = (topic: string, read: 'local' | 'remote', revision: number): Routing =>
  clientRouting({
    ...at('K2', world.k2.bootstrapServers, read),
    topics: [topic],
    revision,
    phase: read === 'remote' ? 'draining' : 'refuge',
  });

test('it moves to the mirrored topic and then to the local one, and starts nowhere without a position', async () => {
  await createTopic(world.k1, 'moves', 1);
  await createTopic(world.k2, 'K1.moves', 1);
  await createTopic(world.k2, 'moves', 1);
  await commitStart(world.k1, 'g-moves', 'moves', [0]);
  await commitStart(world.k2, 'g-moves', 'K1.moves', [0]);
  await fill(world.k1, 'moves', 0, ['a']);
  await fill(world.k2, 'K1.moves', 0, ['b']);
  await fill(world.k2, 'moves', 0, ['c']);
  const client = follower('moves');
  client.publish(atHome('moves'));
  const process = client.start();
  await client.says('processed a');

  client.publish(JSON.stringify(away('moves', 'remote', 2)).slice(0, 300));
  await client.says('ignores a value: not JSON');
  client.publish({ ...away('moves', 'remote', 2), clientSet: 'clients-k2' });
  await client.says('ignores a value: clientSet is "clients-k2"');
  client.publish(away('moves', 'remote', 2));
  await client.says('processed b');
  expect(await members(world.k1, 'g-moves')).toEqual([]);

  client.publish(away('moves', 'local', 3));
  await client.says('refuses to start');
  await commitStart(world.k2, 'g-moves', 'moves', [0]);
  await client.says('processed c');
  await process.stop(10_000);
  expect(await members(world.k2, 'g-moves')).toEqual([]);
  expect(client.processed()).toEqual([
    'processed a of moves on K1',
    'processed b of K1.moves on K2',
    'processed c of moves on K2',
  ]);
});

test('it stays with the newer value that it remembers', async () => {
  await createTopic(world.k2, 'remembers', 1);
  await commitStart(world.k2, 'g-remembers', 'remembers', [0]);
  await fill(world.k2, 'remembers', 0, ['a']);
  const client = follower('remembers');
  client.remember(away('remembers', 'local', 5));
  client.publish(atHome('remembers'));
  const process = client.start();
  await client.says('processed a of remembers on K2');
  await process.kill();
});

test('it leaves a dead cluster within seconds', async () => {
  await createTopic(world.k1, 'dead', 1);
  await createTopic(world.k2, 'K1.dead', 1);
  await commitStart(world.k1, 'g-dead', 'dead', [0]);
  await commitStart(world.k2, 'g-dead', 'K1.dead', [0]);
  await fill(world.k1, 'dead', 0, ['a']);
  await fill(world.k2, 'K1.dead', 0, ['b']);
  const client = follower('dead');
  client.publish(atHome('dead'));
  const process = client.start();
  await client.says('processed a');
  await world.k1.kill();
  const begun = performance.now();
  client.publish(away('dead', 'remote', 2));
  await client.says('processed b');
  expect(performance.now() - begun).toBeLessThan(10_000);
  await process.kill();
});

/** Every record that was made, by what became of it: neither named twice nor forgotten. */
const named = ({ acknowledged, unconfirmed }: Outcomes) =>
  [...acknowledged.K1, ...acknowledged.K2, ...unconfirmed].toSorted((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const numbersIn = async (cluster: TwoClusters['k1'], topic: string) => (await valuesIn(cluster, topic)).map(Number);

test('a producer writes at home, keeps its records under hold, and writes them at the refuge in their order', async () => {
  await world.k1.restart();
  for (const cluster of [world.k1, world.k2]) await createTopic(cluster, 'written', 1);
  const client = writer('written');
  client.publish(atHome('written'));
  const process = client.start();
  await client.says('acknowledged 1 on K1');
  const hold = clientRouting({
    ...at('K2', world.k2.bootstrapServers, 'remote', 'hold'),
    topics: ['written'],
    revision: 2,
    phase: 'draining',
  });
  client.publish({ ...hold, producers: { ...hold.producers, state: 'stop' as 'hold' } });
  await client.says('ignores a value: producers.state is "stop"');
  client.publish(hold);
  await client.says('obeys revision 2');
  const underHold = await numbersIn(world.k1, 'written');
  client.publish(away('written', 'local', 3));
  await client.says(/acknowledged \d+ on K2/);
  await process.stop(10_000);

  const told = client.outcomes();
  expect(told.kept[0]).toBeGreaterThan(0);
  expect(told.unconfirmed).toEqual([]);
  expect([...told.acknowledged.K1, ...told.acknowledged.K2]).toEqual(upTo(named(told).length));
  expect(underHold).toEqual(told.acknowledged.K1);
  expect(await numbersIn(world.k1, 'written')).toEqual(underHold);
  expect(await numbersIn(world.k2, 'written')).toEqual(told.acknowledged.K2);
});

test('a producer leaves a dead cluster within seconds, and says of each record what became of it', async () => {
  for (const cluster of [world.k1, world.k2]) await createTopic(cluster, 'cut-off', 1);
  const client = writer('cut-off');
  client.publish(atHome('cut-off'));
  const process = client.start();
  await client.says('acknowledged 1 on K1');
  await world.k1.kill();
  const begun = performance.now();
  client.publish(away('cut-off', 'local', 2));
  await client.says(/acknowledged \d+ on K2/);
  expect(performance.now() - begun).toBeLessThan(10_000);
  await process.stop(10_000);

  const told = client.outcomes();
  expect(named(told)).toEqual(upTo(named(told).length));
  expect(await numbersIn(world.k2, 'cut-off')).toEqual(told.acknowledged.K2);
});
