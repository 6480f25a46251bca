/** The worlds that scenarios are played in. A new kind is one more entry; scenarios of one kind share its world. */
import { setOf } from '../pair.ts';
import type { Setup } from '../stage.ts';
import { securedWorld } from './secured-world.ts';

/** 150 records a second are written at K1: what an outage and old readings alone make uncertain stays far below. */
export const RPO_RECORDS = 6_000;

export const WORLDS = {
  /** One broker each; probers, MirrorMaker 2 and clients behind proxies of their own. */
  plain: { world: { relations: ['PROBER', 'MIRROR', 'CLIENT'] } },
  /** Three brokers each, so that redundancy can be lost. Leaders go back to a broker that returned after 1 s, not 300. */
  three: {
    world: {
      brokers: 3,
      brokerSettings: {
        'leader.imbalance.check.interval.seconds': '1',
        'leader.imbalance.per.broker.percentage': '0',
      },
    },
  },
  /** A cooldown that outlasts what is played in it. */
  'long-cooldown': { config: (plain) => ({ ...plain, moves: { ...plain.moves, cooldownSeconds: 900 } }) },
  /** A failover of K1's clients may leave so many records behind, and no more without a person. */
  rpo: {
    config: (plain) => ({
      ...plain,
      clientSets: {
        ...plain.clientSets,
        [setOf('K1')]: { ...plain.clientSets[setOf('K1')], rpo: { records: RPO_RECORDS } },
      },
    }),
  },
  /** As plain, and our functions need TLS and SCRAM. */
  secured: securedWorld,
} as const satisfies Readonly<Record<string, Setup | (() => Promise<Setup>)>>;

export type WorldKind = keyof typeof WORLDS;
