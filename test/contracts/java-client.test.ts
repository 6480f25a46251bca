/** The Java sample in examples/clients/java on two real clusters: what docs/client-contract.md asks of any client. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { commitStart, createTopic, fill, members, startTwoClusters, type TwoClusters } from './support/client-world.ts';
import { compileSample, javaFollower, type JavaFollower } from './support/java-follower.ts';

let world: TwoClusters;
let classes: string;

beforeAll(async () => {
  world = await startTwoClusters('java-client');
  classes = await compileSample(world);
});

const follower = (topic: string): JavaFollower => javaFollower({ world, classes, topic });

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
