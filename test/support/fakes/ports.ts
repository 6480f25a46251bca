/** All ports at once. What a test does not give (Kafka, the probe) throws a sentence when it is used. */
import type { ClusterProbe, Kafka, Ports } from '../../../lambdas/ports.ts';
import { fakeAlarms, type FakeAlarms } from './alarms.ts';
import { fakeControlTable, type FakeControlTable } from './control.ts';
import { fakeObservations, type FakeObservations } from './observations.ts';
import {
  fakeEventSink,
  fakeLog,
  fakeMetrics,
  fakeNotifier,
  type FakeEventSink,
  type FakeLog,
  type FakeMetrics,
  type FakeNotifier,
} from './reports.ts';
import { fakeHooks, fakeScratch, type FakeHooks, type FakeScratch } from './outside.ts';
import { fakeRoutingStore, type FakeRoutingStore } from './routing-store.ts';
import { type FakeSharedLimits } from './shared.ts';
import { fakeSchemaRegistries, type FakeSchemaRegistries } from './schema-registry.ts';
import { fakeBudget, fakeClock, type FakeBudget, type FakeClock } from './time.ts';
import { fakeWorkflows, type FakeWorkflows } from './workflows.ts';

export interface FakePorts<K extends Kafka = Kafka> extends Ports {
  readonly clock: FakeClock;
  readonly budget: FakeBudget;
  readonly kafka: K;
  readonly schemaRegistries: FakeSchemaRegistries;
  readonly observations: FakeObservations;
  observationsOf(region: string): FakeObservations;
  readonly alarms: FakeAlarms;
  readonly control: FakeControlTable;
  controlOf(region: string): FakeControlTable;
  readonly shared: FakeSharedLimits | null;
  readonly routing: FakeRoutingStore;
  readonly scratch: FakeScratch;
  readonly hooks: FakeHooks;
  readonly events: FakeEventSink;
  readonly notifier: FakeNotifier;
  readonly workflows: FakeWorkflows;
  readonly metrics: FakeMetrics;
  readonly log: FakeLog;
}

export interface FakePortsOptions<K extends Kafka> {
  readonly pair?: string;
  /** The function's own region: `control` and `observations` are this region's tables. */
  readonly region?: string;
  readonly startMs?: number;
  readonly budgetMs?: number;
  readonly kafka?: K;
  readonly probe?: ClusterProbe;
  /** None unless given. */
  readonly shared?: FakeSharedLimits;
  /** None unless given. */
  readonly schemaRegistries?: FakeSchemaRegistries;
}

export function fakePorts<K extends Kafka = Kafka>(options: FakePortsOptions<K> = {}): FakePorts<K> {
  const { pair = 'orders', region = 'eu-central-1' } = options;
  const clock = fakeClock(options.startMs);
  const controlOf = perRegion(fakeControlTable);
  const observationsOf = perRegion(fakeObservations);
  return {
    clock,
    budget: fakeBudget(clock, options.budgetMs),
    kafka: options.kafka ?? (notGiven('kafka') as K),
    schemaRegistries: options.schemaRegistries ?? fakeSchemaRegistries(),
    probe: options.probe ?? (notGiven('probe') as ClusterProbe),
    control: controlOf(region),
    controlOf,
    shared: options.shared ?? null,
    observations: observationsOf(region),
    observationsOf,
    alarms: fakeAlarms(),
    routing: fakeRoutingStore(pair),
    scratch: fakeScratch(),
    hooks: fakeHooks(),
    events: fakeEventSink(),
    notifier: fakeNotifier(),
    workflows: fakeWorkflows(pair),
    metrics: fakeMetrics(),
    log: fakeLog(),
  };
}

function perRegion<T>(make: () => T): (region: string) => T {
  const made = new Map<string, T>();
  return (region) => {
    const present = made.get(region) ?? make();
    made.set(region, present);
    return present;
  };
}

const notGiven = (port: string): object =>
  new Proxy(
    {},
    {
      get: (_target, member) => {
        throw new Error(
          `the test gave no ${port}, but ${port}.${String(member)} was used; pass fakePorts({ ${port} })`,
        );
      },
    },
  );
