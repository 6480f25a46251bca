/** Two sides that are prepared for each other, to be broken one fact at a time. */
import type { MirrorLook, ReadinessLook, RegistryLook, Settings, SideLook } from '../../../core/contracts/readiness.ts';
import type { Preparation, PreparationRules, Side } from '../../../core/readiness/preparation.ts';
import { placeOf } from '../../../core/move/facts.ts';
import { DEFAULT_SETTINGS } from '../fakes/kafka.ts';
import { flowLook, group, setLook, storedVerdict } from './judgement.ts';
import { pairConfig, placedK1, TEN_O_CLOCK } from './pair.ts';

export const read = <T>(value: T) => ({ kind: 'read', value }) as const;
export const unread = (because: string) => ({ kind: 'unread', because }) as const;

export const WEEK_MS = 604_800_000;

const topics = (settings: Settings = {}): SideLook['topics'] =>
  read({ orders: { ...DEFAULT_SETTINGS, ...settings }, payments: { ...DEFAULT_SETTINGS } });

/** `offsets.retention.minutes` of one broker after the other, from 1 on. */
export const keptFor = (...minutes: readonly string[]): NonNullable<SideLook['brokers']> =>
  read(Object.fromEntries(minutes.map((value, i) => [String(i + 1), { 'offsets.retention.minutes': value }])));

export const sideLook = (changes: Partial<SideLook> = {}): SideLook => ({
  topics: topics(),
  acls: read({ kind: 'no-authorizer' }),
  brokers: keptFor('10080'),
  ...changes,
});

/** With other settings of the topic "orders". */
export const sideWith = (settings: Settings): SideLook => sideLook({ topics: topics(settings) });

export const mirrorLook = (source: Settings = {}, checkpoint: Settings = {}): MirrorLook => ({
  copies: read('plain'),
  unreadable: read([]),
  syncs: read({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String(WEEK_MS) }),
  connectors: read({
    MirrorSourceConnector: { 'offset-syncs.topic.location': 'target', ...source },
    MirrorCheckpointConnector: {
      'offset-syncs.topic.location': 'target',
      'sync.group.offsets.enabled': 'false',
      ...checkpoint,
    },
  }),
});

export const readinessLook = (changes: Partial<ReadinessLook> = {}): ReadinessLook => ({
  pair: 'orders',
  clientSet: 'clients-k1',
  atMs: TEN_O_CLOCK - 60_000,
  home: sideLook(),
  refuge: sideLook(),
  outbound: mirrorLook(),
  inbound: mirrorLook(),
  sharedTransactionalIds: read([]),
  ...changes,
});

export const side = (alias: 'K1' | 'K2', changes: Partial<Side> = {}): Side => ({
  alias,
  servers: `${alias.toLowerCase()}:9092`,
  secured: false,
  rights: 'acls',
  ...changes,
});

export const rulesOf = (changes: Partial<PreparationRules> = {}): PreparationRules => ({
  staleMs: 900_000,
  freshMs: 30_000,
  longestOutageMs: WEEK_MS,
  mirrorMakerVersion: '4.0.0',
  offsetSyncsLocation: 'target',
  exactlyOnce: false,
  isolationLevel: 'read_uncommitted',
  separator: '.',
  internalSeparator: true,
  explained: [],
  ...changes,
});

/** Nothing to find but that the version of MirrorMaker 2 is declared and not seen. */
export const preparation = (changes: Partial<Preparation> = {}): Preparation => ({
  nowMs: TEN_O_CLOCK,
  place: placeOf(placedK1(pairConfig())),
  home: side('K1'),
  refuge: side('K2'),
  outbound: storedVerdict('flow:K1->K2', 'HEALTHY'),
  homeVerdict: 'HEALTHY',
  flow: flowLook(),
  inbound: flowLook({ source: 'K2', target: 'K1', vantage: 'eu-west-1' }),
  found: setLook({ groupsAtHome: { billing: group({ activity: 'empty' }) } }),
  look: readinessLook(),
  producers: { heardOf: true, declared: false },
  seeds: [],
  incompleteHistory: 'log-start',
  rules: rulesOf(),
  ...changes,
});

/** subject -> versions as [id, schema]. */
export const registryLook = (
  subjects: Readonly<Record<string, readonly (readonly [number, string])[]>>,
  ids: Readonly<Record<string, string | null>> = {},
  compatibility = 'BACKWARD',
): ReadinessLook['home']['registry'] => {
  const value: RegistryLook = {
    subjects: Object.fromEntries(
      Object.entries(subjects).map(([name, versions]) => [
        name,
        versions.length === 0
          ? null
          : { compatibility, versions: versions.map(([id, schema], i) => ({ version: i + 1, id, schema })) },
      ]),
    ),
    ids,
  };
  return read(value);
};
