/**
 * What each function may touch and how, in the words of lambdas/ports.ts. Tests compare this with the ports each use
 * case asks for and with the calls its code makes; scheduled functions touch the observations beside, for the lease of
 * their loop. What each use becomes in IAM: grants.ts.
 */
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';

/** Ports that lead out of the process, and so to a permission; how each may be used. */
export const PORT_USES = {
  probe: ['climb'],
  kafka: ['read', 'commit'],
  schemaRegistries: ['read'],
  observations: ['read', 'write'],
  observationsOf: ['read'],
  alarms: ['read'],
  control: ['read', 'write', 'remove'],
  controlOf: ['read', 'write'],
  shared: ['read', 'write', 'remove'],
  routing: ['read', 'write'],
  events: ['report'],
  notifier: ['notify'],
  workflows: ['start', 'look', 'answer'],
  scratch: ['put'],
  hooks: ['ask'],
} as const;
export type GrantedPort = keyof typeof PORT_USES;
export const GRANTED_PORTS = Object.keys(PORT_USES) as readonly GrantedPort[];
export type UseOf<P extends GrantedPort> = (typeof PORT_USES)[P][number];

export type Permission = { readonly [P in GrantedPort]?: readonly UseOf<P>[] };

/** `kafka: commit` is about positions of application groups, `routing: write` about what clients obey. */
export const PERMISSIONS: Readonly<Record<FunctionName, Permission>> = {
  'probe-clusters': { probe: ['climb'], observations: ['read', 'write'] },
  'probe-replication': {
    kafka: ['read'],
    schemaRegistries: ['read'],
    observations: ['read', 'write'],
    control: ['read', 'write'],
  },
  'seed-positions': {
    kafka: ['read', 'commit'],
    observations: ['read', 'write'],
    control: ['read', 'write'],
    shared: ['read'],
  },
  assess: {
    observations: ['read', 'write'],
    observationsOf: ['read'],
    alarms: ['read'],
    control: ['read', 'write'],
    shared: ['read', 'write'],
    events: ['report'],
  },
  reconcile: {
    observations: ['read', 'write'],
    control: ['read', 'write'],
    controlOf: ['read', 'write'],
    shared: ['read', 'write'],
    routing: ['read', 'write'],
    events: ['report'],
    notifier: ['notify'],
    workflows: ['start', 'look'],
  },
  'record-adoption': { control: ['read', 'write'] },
  operate: {
    control: ['read', 'write', 'remove'],
    shared: ['read', 'write', 'remove'],
    routing: ['read'],
    workflows: ['start', 'look', 'answer'],
  },
  'claim-move': {
    observations: ['read'],
    control: ['read', 'write', 'remove'],
    shared: ['read', 'write'],
    events: ['report'],
    workflows: ['look', 'answer'],
    scratch: ['put'],
    hooks: ['ask'],
  },
  'ask-operator': { control: ['read', 'write'], events: ['report'], notifier: ['notify'], workflows: ['answer'] },
  'pin-positions': { kafka: ['read', 'commit'], observations: ['read'], control: ['read', 'write'] },
  'publish-routing': { control: ['read', 'write'], routing: ['read', 'write'], events: ['report'] },
  'await-adoption': { kafka: ['read'], control: ['read', 'write'] },
  'measure-drain': { kafka: ['read'], observations: ['read'], control: ['read', 'write'] },
  'restore-positions': { kafka: ['read', 'commit'], control: ['read', 'write'] },
  'conclude-move': {
    control: ['read', 'write', 'remove'],
    shared: ['read', 'write'],
    events: ['report'],
    notifier: ['notify'],
  },
};

/** The ports a function is granted, in the order of ports.ts. */
export const portsOf = (name: FunctionName): readonly GrantedPort[] =>
  GRANTED_PORTS.filter((port) => PERMISSIONS[name][port] !== undefined);

export const mayUse = <P extends GrantedPort>(name: FunctionName, port: P, use: UseOf<P>): boolean =>
  PERMISSIONS[name][port]?.includes(use) ?? false;

export const speaksKafka = (name: FunctionName): boolean => FUNCTIONS[name].speaks === 'kafka';
