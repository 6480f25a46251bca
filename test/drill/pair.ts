/** The pair's configuration for a drill: real structure, windows shortened so that a story fits into two minutes. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { readConfig } from '../../core/config/read.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { GroupMode } from '../../core/contracts/primitives.ts';
import type { DrillOptions } from './drill-options.ts';
import { restartFunctionIn } from './java/restart-hook.ts';

export const TOPICS = ['orders', 'payments'] as const;
export const SHARED_GROUP = 'billing';
/** On both sides, read by Java consumers of the newer protocol (KIP-848). */
export const JAVA_GROUP = 'ledger';
/** On both sides, read by Java consumers that subscribe to a pattern: each side reads its own topics and the copies. */
export const ALWAYS_BOTH_GROUP = 'archive';
export const setOf = (cluster: string): string => `clients-${cluster.toLowerCase()}`;
export const SETS = [setOf('K1'), setOf('K2')] as const;
export const homeOnlyGroup = (cluster: string): string => `audit-${cluster.toLowerCase()}`;
export const alarmOf = (cluster: string): string => `drill-${cluster.toLowerCase()}-unreachable`;
export const REGIONS = { K1: 'eu-west-1', K2: 'eu-central-1' } as const;
export const WITNESS = 'eu-north-1';

/** What is different in a wide drill: more partitions, and Java consumers beside the library's. */
export type Form = Partial<Pick<DrillOptions, 'wide' | 'exactlyOnce'>>;

export const partitionsIn = ({ wide = false }: Form): number => (wide ? 6 : 3);

/**
 * Whether producers abort transactions on purpose. Only where MirrorMaker 2 reads committed records: otherwise it copies what
 * was aborted like anything else, and then nobody at the refuge can tell.
 */
export const abortsIn = ({ wide = false, exactlyOnce = false }: Form): boolean => wide && exactlyOnce;

export interface DrillGroup {
  readonly id: string;
  readonly mode: GroupMode;
}

export const groupsOf = (home: string, { wide = false }: Form): readonly DrillGroup[] => [
  { id: SHARED_GROUP, mode: 'shared' },
  { id: homeOnlyGroup(home), mode: 'home-only' },
  ...(wide
    ? ([
        { id: JAVA_GROUP, mode: 'shared' },
        { id: ALWAYS_BOTH_GROUP, mode: 'reads-remote' },
      ] as const)
    : []),
];

/** Windows of production, shortened. Printed beside each figure of the report. */
const WINDOWS = {
  probe: {
    intervalSeconds: 1,
    rungTimeoutSeconds: 1.5,
    // Brokers, mirrors and functions share one machine here: slow is no finding.
    slowRungSeconds: 1.4,
    windowSamples: 4,
    suspectFailures: 3,
    confirmSeconds: 5,
    recoverSeconds: 5,
    // A crowded machine looks every 2 s instead of every second: what is asked of it must still fit, or home never recovers.
    recoverSuccesses: 2,
    staleIntervals: 10,
  },
  replication: { sampleIntervalSeconds: 2, freshSeconds: 5, rebalanceSeconds: 3 },
  moves: {
    confirmWithinSeconds: 60,
    approvalSeconds: 120,
    adoptionSeconds: 30,
    clientSilentSeconds: 20,
    pollSeconds: 1,
    drainStallSeconds: 30,
    stableSeconds: 1.5,
    cooldownSeconds: 60,
    failbackDwellSeconds: 3,
    seedIntervalSeconds: 2,
    copyIntervalSeconds: 5,
    lagLimitSeconds: 20,
  },
} as const;

type PairOptions = Pick<DrillOptions, 'trigger' | 'policy'> & Form;

type Servers = Readonly<Record<'K1' | 'K2', readonly string[]>>;

export interface Listeners {
  readonly clients: Servers;
  /** What our functions use, where it is another listener than the clients'. */
  readonly controllers?: Servers;
}

/** The configuration as a person writes it, without defaults. */
export type PairInput = ReturnType<typeof plainPair>;

/** @param change what a world of its own has differently */
export function drillPair(
  options: PairOptions,
  listeners: Listeners,
  change: (plain: PairInput) => object = (plain) => plain,
): PairConfig {
  const reading = readConfig(change(plainPair(options, listeners)));
  if (reading.kind === 'invalid')
    throw new Error(
      `the drill's own config is broken: ${reading.problems.map((p) => `${p.path} ${p.message}`).join('; ')}`,
    );
  return reading.config;
}

function plainPair(options: PairOptions, { clients, controllers }: Listeners) {
  const cluster = (alias: 'K1' | 'K2') => ({
    region: REGIONS[alias],
    bootstrapServers: [...clients[alias]],
    ...(controllers === undefined ? {} : { controllerBootstrapServers: [...controllers[alias]] }),
    auth: 'local-plaintext',
  });
  const set = (home: 'K1' | 'K2') => ({
    home,
    topics: [...TOPICS],
    groups: groupsOf(home, options).map((group) => ({
      ...group,
      ...(abortsIn(options) && { isolation: 'read_committed' }),
    })),
    ...(options.wide && {
      hooks: {
        restart: { function: restartFunctionIn(REGIONS[home === 'K1' ? 'K2' : 'K1']) },
        restartAtHome: { function: restartFunctionIn(REGIONS[home]) },
      },
    }),
    mode: options.trigger === 'manual' ? 'approve' : 'automatic',
    failback: 'approve',
    ordering: options.policy,
    pollSeconds: 1,
  });
  return {
    schema: 1,
    pair: 'drill',
    clusters: { K1: cluster('K1'), K2: cluster('K2') },
    clientSets: { [setOf('K1')]: set('K1'), [setOf('K2')]: set('K2') },
    witnessRegions: [WITNESS],
    alarms: (['K1', 'K2'] as const).map((alias) => ({
      name: alarmOf(alias),
      clientSet: setOf(alias),
      starts: 'automatic',
    })),
    ...WINDOWS,
    replication: { ...WINDOWS.replication, exactlyOnce: options.exactlyOnce ?? false },
  };
}

export function writePair(config: PairConfig, path: string): void {
  writeFileSync(path, stringify(config));
}
