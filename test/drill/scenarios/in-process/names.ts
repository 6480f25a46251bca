/** M20: resolvers that know nothing, are slow or silent. Real brokers, and the real ladder with a resolver of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { names, vantages } from '../../../../core/config/pair.ts';
import { kafkaProbe } from '../../../../lambdas/adapters/kafka/index.ts';
import type { Resolver } from '../../../../lambdas/adapters/kafka/names.ts';
import { pairConfig } from '../../../support/builders/pair.ts';
import { fakeLog } from '../../../support/fakes/reports.ts';
import { startWorld } from '../../../support/world/world.ts';
import type { World } from '../../../support/world/world.ts';
import type { Found } from '../scenario.ts';
import { settings, together, Trial } from './trial.ts';

/** Long enough that busy brokers answer in it, short enough that a silent resolver costs little. */
const RUNG_SECONDS = 1.5;
const RELATION = 'PROBER';
const brokerOf = (alias: string): string => `broker.${alias.toLowerCase()}.test`;

const loopback: Resolver = async () => [{ address: '127.0.0.1', family: 4 }];
const unknown: Resolver = async (host) => {
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
};
const silent: Resolver = () => new Promise(() => undefined);
const slow: Resolver = async (host) => {
  await pause(RUNG_SECONDS * 600);
  return loopback(host);
};
const forK1 =
  (other: Resolver): Resolver =>
  (host) =>
    host === brokerOf('K1') ? other(host) : loopback(host);

export async function nameTroubles(): Promise<Found> {
  const world = await startWorld({
    name: 'names',
    mirror: false,
    emulator: false,
    relations: [RELATION],
    listeners: { [RELATION]: { host: brokerOf } },
  });
  try {
    const topics = [{ topic: names.canaryTopic, numPartitions: 1, replicationFactor: 1 }];
    await Promise.all([world.k1.createTopics(topics), world.k2.createTopics(topics)]);
    return together([
      await trouble(world, "nobody knows K1's names", forK1(unknown), { K1: 'NAME_RESOLUTION', K2: 'HEALTHY' }),
      await trouble(world, 'nobody knows any name', unknown, { K1: 'PROBER_FAULT', K2: 'PROBER_FAULT' }),
      await trouble(world, 'the resolver is silent', silent, { K1: 'PROBER_FAULT', K2: 'PROBER_FAULT' }),
      await trouble(world, 'the resolver takes 0.9 s', slow, { K1: 'HEALTHY', K2: 'HEALTHY' }),
    ]);
  } finally {
    await world.stop();
  }
}

/** It lasts for three confirm times where that costs nothing, and is over then. */
async function trouble(
  world: World,
  what: string,
  other: Resolver,
  kinds: Readonly<Record<'K1' | 'K2', string>>,
): Promise<Trial> {
  let resolver = loopback;
  const servers = (alias: 'K1' | 'K2') => ({
    ...pairConfig().clusters[alias],
    bootstrapServers: [...(alias === 'K1' ? world.k1 : world.k2).relation(RELATION).servers],
  });
  const config = settings({
    clusters: { K1: servers('K1'), K2: servers('K2') },
    probe: { rungTimeoutSeconds: RUNG_SECONDS },
  });
  const trial = await Trial.begin(config, (vantage) =>
    kafkaProbe(config, {
      vantage,
      secretOf: async (arn) => Promise.reject(new Error(`no secret ${arn}`)),
      resolver: (host) => resolver(host),
      log: fakeLog(),
    }),
  );
  resolver = other;
  await trial.controllers.pass(TURNS);
  const verdicts = { 'cluster:K1': kinds.K1, 'cluster:K2': kinds.K2 };
  await trial.named(what, verdicts);
  await trial.stands(what, kinds.K1 === 'NAME_RESOLUTION' ? 'asking' : 'nothing');
  resolver = loopback;
  await trial.controllers.pass(vantages(config).length + config.probe.windowSamples);
  await trial.named(`${what}, and it is over`, { 'cluster:K1': 'HEALTHY', 'cluster:K2': 'HEALTHY' });
  return trial;
}

/** Two minutes: suspected after 40 s, confirmed 60 s later, if it were taken for an outage. */
const TURNS = 12;
