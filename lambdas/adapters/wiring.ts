/**
 * What every function has: configuration, environment, clock, budget, log, metrics. Whatever costs a client (tables,
 * SSM, Kafka ...) is added by each handler from its own adapter, so that a function loads only what it uses.
 */
import type { Context } from 'aws-lambda';
import { busOf } from '../../core/config/pair.ts';
import { FunctionEnv, type FunctionName } from '../../core/contracts/environment.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Ports } from '../ports.ts';
import { invocationBudget } from '../shared/budget.ts';
import { readEnv } from '../shared/env.ts';
import { systemClock } from './clock.ts';
import { pairConfig } from './config.ts';
import { powertoolsLog } from './log.ts';
import { embeddedMetrics } from './metrics.ts';

/** Variables that only some functions get. */
export const MACHINES = [
  'MM2F_FAILOVER_MACHINE_ARN',
  'MM2F_SWITCHOVER_MACHINE_ARN',
  'MM2F_FAILBACK_MACHINE_ARN',
] as const;
type Optional = 'MM2F_TOPIC_ARN' | (typeof MACHINES)[number];

export interface Base<Needs extends Optional> {
  readonly config: PairConfig;
  /** With the variables that this function said it needs. */
  readonly env: FunctionEnv & Readonly<Record<Needs, string>>;
  /** What most adapters and some use cases want to know about where they run. */
  readonly place: {
    readonly region: string;
    readonly pair: string;
    readonly bus: string;
    readonly configVersion: string;
  };
  readonly ports: Pick<Ports, 'clock' | 'budget' | 'log' | 'metrics'>;
  readonly log: Ports['log'];
  begin(context: Context): void;
}

/** Runs at cold start: what is wrong with the deployment is said at once, and by every invocation. */
export function base<Needs extends Optional = never>(name: FunctionName, ...needs: readonly Needs[]): Base<Needs> {
  const env = readEnv(needing(needs), process.env) as Base<Needs>['env'];
  const config = pairConfig();
  const log = powertoolsLog(name);
  const budget = invocationBudget();
  return {
    config,
    env,
    place: { region: env.AWS_REGION, pair: config.pair, bus: busOf(config), configVersion: env.MM2F_CONFIG_VERSION },
    ports: { clock: systemClock, budget, log, metrics: embeddedMetrics() },
    log,
    begin: (context) => {
      log.begin(context.awsRequestId);
      budget.begin(context);
    },
  };
}

/** The schema of the environment with the named variables no longer optional. */
const needing = (needs: readonly Optional[]) =>
  FunctionEnv.extend(Object.fromEntries(needs.map((need) => [need, FunctionEnv.shape[need].unwrap()])));
