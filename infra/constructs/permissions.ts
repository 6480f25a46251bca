/**
 * What each function may touch, in the words of lambdas/ports.ts. A test compares this with the ports each use case asks
 * for; scheduled functions touch the observations beside, for the lease of their loop.
 */
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';

/** Ports that lead out of the process, and so to a permission. */
export const GRANTED_PORTS = [
  'probe',
  'kafka',
  'observations',
  'observationsOf',
  'control',
  'controlOf',
  'routing',
  'events',
  'notifier',
  'workflows',
] as const;
export type GrantedPort = (typeof GRANTED_PORTS)[number];

interface Permission {
  readonly ports: readonly GrantedPort[];
  /** May write routing parameters. */
  readonly writesRouting?: true;
  /** May commit positions of application groups. */
  readonly commitsPositions?: true;
}

export const PERMISSIONS: Readonly<Record<FunctionName, Permission>> = {
  'probe-clusters': { ports: ['probe', 'observations'] },
  'probe-replication': { ports: ['kafka', 'observations', 'control'] },
  'seed-positions': { ports: ['kafka', 'observations', 'control'], commitsPositions: true },
  assess: { ports: ['observations', 'observationsOf', 'control', 'events'] },
  reconcile: {
    ports: ['observations', 'control', 'controlOf', 'routing', 'events', 'notifier', 'workflows'],
    writesRouting: true,
  },
  'record-adoption': { ports: ['control'] },
  operate: { ports: ['control', 'routing', 'workflows'] },
  'claim-move': { ports: ['observations', 'control', 'events', 'workflows'] },
  'ask-operator': { ports: ['control', 'events', 'notifier', 'workflows'] },
  'pin-positions': { ports: ['kafka', 'observations', 'control'], commitsPositions: true },
  'publish-routing': { ports: ['control', 'routing', 'events'], writesRouting: true },
  'await-adoption': { ports: ['kafka', 'control'] },
  'measure-drain': { ports: ['kafka', 'observations', 'control'] },
  'restore-positions': { ports: ['kafka', 'control'], commitsPositions: true },
  'conclude-move': { ports: ['control', 'events', 'notifier'] },
};

export const speaksKafka = (name: FunctionName): boolean => FUNCTIONS[name].speaks === 'kafka';
