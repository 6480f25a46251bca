/** A pair in two regions with one client set per cluster, and states of a set in mid-story. Literal, small, easy to change. */
import { placedSet, type PlacedSet } from '../../../core/config/pair.ts';
import { readConfig } from '../../../core/config/read.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { Phase } from '../../../core/contracts/primitives.ts';
import type { Routing } from '../../../core/contracts/routing.ts';
import type { Adoption, Claim, PositionRecord, SetState } from '../../../core/contracts/tables.ts';
import type { StepInput } from '../../../core/contracts/workflow.ts';
import { planRouting, type PublishTarget } from '../../../core/routing/plan.ts';

export const K1_REGION = 'eu-west-1';
/** K2's region: it controls the clients of K1. */
export const K2_REGION = 'eu-central-1';
/** 2026-11-22T10:00:00Z, where the fake clock starts. */
export const TEN_O_CLOCK = Date.UTC(2026, 10, 22, 10);
export const EXECUTION = 'arn:aws:states:eu-central-1:000000000000:execution:mm2-failover-orders-failover:one';

/** Extra keys of the YAML's `clientSets.clients-k1` and of the file's top level. */
export function pairConfig(set: object = {}, top: object = {}): PairConfig {
  const reading = readConfig({
    schema: 1,
    pair: 'orders',
    clusters: {
      K1: { region: K1_REGION, bootstrapServers: ['k1-a:9092', 'k1-b:9092'], auth: 'k1-clients' },
      K2: {
        region: K2_REGION,
        bootstrapServers: ['k2-a:9092', 'k2-b:9092'],
        auth: 'k2-clients',
        schemaRegistry: 'https://registry.k2',
      },
    },
    clientSets: {
      'clients-k1': {
        home: 'K1',
        topics: ['orders', 'payments'],
        groups: [{ id: 'billing' }],
        mode: 'automatic',
        ...set,
      },
      'clients-k2': { home: 'K2', topics: ['orders', 'payments'], groups: [{ id: 'billing' }], mode: 'automatic' },
    },
    ...top,
  });
  if (reading.kind === 'invalid')
    throw new Error(`the builder's config is invalid: ${JSON.stringify(reading.problems)}`);
  return reading.config;
}

/** So many topics with long names, past the rule of the configuration that would refuse them. */
export function withTopics(config: PairConfig, count: number): PairConfig {
  const topics = Array.from({ length: count }, (_, i) => `a-topic-with-a-rather-long-name-${i}`);
  return { ...config, clientSets: { ...config.clientSets, 'clients-k1': { ...placedK1(config).set, topics } } };
}

export function placedK1(config: PairConfig): PlacedSet {
  const placed = placedSet(config, 'clients-k1');
  if (placed === undefined) throw new Error('the builder lost clients-k1');
  return placed;
}

export interface RoutingChoice {
  readonly phase: Phase;
  readonly target?: PublishTarget;
  readonly keepBoth?: boolean;
  readonly epoch?: number;
  readonly revision?: number;
}

export const routingOf = (config: PairConfig, choice: RoutingChoice): Routing =>
  planRouting({
    config,
    placed: placedK1(config),
    phase: choice.phase,
    target: choice.target ?? 'everyone',
    keepBoth: choice.keepBoth ?? false,
    epoch: choice.epoch ?? 0,
    revision: choice.revision ?? 1,
    cause: 'test',
    issuedAt: '2026-11-22T09:00:00.000Z',
  });

export const claimOf = (changes: Partial<Claim> = {}): Claim => ({
  epoch: 1,
  move: 'failover',
  trigger: 'automatic',
  requestedBy: 'assess',
  reason: 'K1 CONFIRMED_DOWN',
  execution: EXECUTION,
  claimedAtMs: TEN_O_CLOCK - 1_000,
  from: 'home',
  input: {
    pair: 'orders',
    clientSet: 'clients-k1',
    move: 'failover',
    reason: 'K1 CONFIRMED_DOWN',
    trigger: 'automatic',
    force: false,
    acceptDataLoss: false,
    rebuiltHome: false,
    refugeLost: false,
    dryRun: false,
    requestedBy: 'assess',
  },
  decisionId: 'decision-1',
  approval: 'not-needed',
  published: false,
  ...changes,
});

/** At home under revision 1, epoch 0, nothing open. */
export const stateOf = (config: PairConfig, changes: Partial<SetState> = {}): SetState => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  epoch: 0,
  revision: 1,
  phase: 'home',
  routing: routingOf(config, { phase: 'home' }),
  mode: 'automatic',
  modeSetBy: 'configuration',
  automaticStartsMs: [],
  version: 1,
  ...changes,
});

/** The failover of epoch 1 is claimed and nothing is published yet. */
export const claimedState = (config: PairConfig, changes: Partial<SetState> = {}): SetState =>
  stateOf(config, { epoch: 1, open: claimOf(), ...changes });

export const stepInput = (changes: Partial<StepInput> = {}): StepInput => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  move: 'failover',
  epoch: 1,
  execution: EXECUTION,
  stage: 'Publish routing (draining)',
  phase: 'draining',
  target: 'everyone',
  ...changes,
});

export const adoptionOf = (role: Adoption['role'], clientId: string, changes: Partial<Adoption> = {}): Adoption => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  role,
  clientId,
  epoch: 0,
  revision: 1,
  active: true,
  atMs: TEN_O_CLOCK,
  ...changes,
});

/** Home's group at 10 of 25, the flow at 20, the refuge has finished what was copied. */
export const keptPosition = (
  changes: Partial<PositionRecord['partitions'][string]> = {},
): PositionRecord['partitions'][string] => ({
  homeCommit: '10',
  seed: '10',
  remoteEnd: '20',
  localPin: null,
  drained: '20',
  restore: '20',
  homeEnd: '25',
  tail: '5',
  note: '',
  ...changes,
});

export const positionRecordOf = (changes: Partial<PositionRecord> = {}): PositionRecord => ({
  epoch: 1,
  group: 'billing',
  groupMode: 'shared',
  topic: 'orders',
  clusterId: 'id-of-K1',
  atMs: TEN_O_CLOCK,
  partitions: { '0': keptPosition() },
  ...changes,
});
