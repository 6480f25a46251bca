/** Valid records with literal instants; tests override what they are about. */
import type { ClusterObservation, FlowObservation, SetObservation } from '../../../core/contracts/observations.ts';
import type { Routing } from '../../../core/contracts/routing.ts';
import type {
  Adoption,
  Decision,
  HomeSample,
  PositionRecord,
  SeedRecord,
  SetState,
  StageRecord,
} from '../../../core/contracts/tables.ts';
import type { OpenQuestion } from '../../../core/contracts/workflow.ts';

/** 2026-11-22T10:00:00Z */
export const ten = Date.UTC(2026, 10, 22, 10);

export const setState = (over: Partial<SetState> = {}): SetState => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  epoch: 0,
  revision: 0,
  phase: 'home',
  mode: 'approve',
  modeSetBy: 'config',
  automaticStartsMs: [],
  version: 1,
  ...over,
});

export const decision = (id: string, atMs: number, over: Partial<Decision> = {}): Decision => ({
  id,
  pair: 'orders',
  clientSet: 'clients-k1',
  atMs,
  epochSeen: 0,
  move: 'failover',
  trigger: 'manual',
  requestedBy: 'ada',
  kind: 'refused',
  sentence: 'K2 is not healthy',
  reasons: ['G1'],
  guards: [{ id: 'G1', holds: false, sentence: 'K2 is UNKNOWN' }],
  inputs: { verdicts: { K2: 'UNKNOWN' } },
  configVersion: 'a1',
  ...over,
});

export const homeSample = (over: Partial<HomeSample> = {}): HomeSample => ({
  group: 'billing',
  topic: 'orders',
  atMs: ten,
  clusterId: 'cluster-1',
  partitions: {
    '0': { committed: '10', end: '12', start: '0' },
    '1': { committed: null, end: '9007199254740993', start: '0' },
  },
  ...over,
});

export const seedRecord = (over: Partial<SeedRecord> = {}): SeedRecord => ({
  group: 'billing',
  topic: 'orders',
  atMs: ten,
  partitions: { '0': { seed: '8', forHomePosition: '10', homePositionBefore: null } },
  ...over,
});

export const positionRecord = (over: Partial<PositionRecord> = {}): PositionRecord => ({
  epoch: 1,
  group: 'billing',
  groupMode: 'shared',
  topic: 'orders',
  clusterId: 'cluster-1',
  atMs: ten,
  partitions: {
    '0': {
      homeCommit: '10',
      seed: '8',
      remoteEnd: '12',
      localPin: null,
      drained: null,
      restore: null,
      homeEnd: '14',
      tail: '2',
      note: '',
    },
  },
  ...over,
});

export const adoption = (clientId: string, over: Partial<Adoption> = {}): Adoption => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  role: 'consumer',
  clientId,
  group: 'billing',
  epoch: 1,
  revision: 2,
  active: true,
  atMs: ten,
  ...over,
});

export const stageRecord = (stage: string, over: Partial<StageRecord> = {}): StageRecord => ({
  epoch: 1,
  stage,
  firstAtMs: ten,
  lastAtMs: ten,
  ...over,
});

export const question = (taskToken: string, over: Partial<OpenQuestion> = {}): OpenQuestion => ({
  question: 'approval',
  epoch: 1,
  stage: 'Ask operator (approval)',
  taskToken,
  askedAtMs: ten,
  sentence: 'K1 is down; move clients-k1 to K2?',
  reasons: [],
  ...over,
});

export const clusterObservation = (atMs: number, over: Partial<ClusterObservation> = {}): ClusterObservation => ({
  pair: 'orders',
  cluster: 'K1',
  vantage: 'eu-central-1',
  atMs,
  rungs: [{ kind: 'held', rung: 'dns', tookMs: 1.5 }],
  ...over,
});

export const flowObservation = (atMs: number, over: Partial<FlowObservation> = {}): FlowObservation => ({
  pair: 'orders',
  source: 'K1',
  target: 'K2',
  vantage: 'eu-central-1',
  atMs,
  problems: [],
  ...over,
});

export const setObservation = (atMs: number, over: Partial<SetObservation> = {}): SetObservation => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  atMs,
  homeTopics: { orders: 3, payments: null },
  problems: [],
  ...over,
});

export const routing = (pair: string, over: Partial<Routing> = {}): Routing => ({
  schema: 1,
  pair,
  clientSet: 'clients-k1',
  epoch: 1,
  revision: 2,
  phase: 'draining',
  producers: { state: 'active', cluster: 'K2', bootstrapServers: ['k2-a:9092', 'k2-b:9092'], auth: 'k2-clients' },
  consumers: { cluster: 'K2', bootstrapServers: ['k2-a:9092', 'k2-b:9092'], auth: 'k2-clients', read: 'remote' },
  topics: ['orders', 'payments'],
  remotePrefix: 'K1.',
  controlRegion: 'eu-central-1',
  bus: 'mm2-failover',
  pollSeconds: 5,
  cause: 'failover: K1 CONFIRMED_DOWN',
  issuedAt: '2026-11-22T10:00:00Z',
  ...over,
});
