/** Environment of every function. The pair's config travels inside the code asset, as `pair-config.json`. */
import * as z from 'zod';
import { Region } from './primitives.ts';

/** CloudWatch namespace of all metrics of this project. */
export const METRICS_NAMESPACE = 'mm2-failover';

/** Gauge (Count, dimension `pair`): client sets controlled here whose open question is a hold. reconcile puts it each turn, 0 included; an alarm stands on it. */
export const HELD_SETS_METRIC = 'HeldSets';

/** Count (dimension `pair`): events and notifications given up after a few tries. Each is whole in the log of the function that told it. */
export const NOT_DELIVERED_METRIC = 'EventsNotDelivered';

/** Count (dimension `pair`): failovers that a rule asked for and a guard refused, other than by mode or pause. */
export const REFUSED_FAILOVERS_METRIC = 'FailoversRefused';

/** Gauge (Count, dimension `pair`): 1 while so many pairs look down together that automatic starts ask a person. assess puts it each turn where shared.downTogether is configured. */
export const PAIRS_TOGETHER_METRIC = 'PairsDownTogether';

/** Gauge (Count, dimensions `pair`, `subject`): 1 while the verdict about a cluster or flow is not HEALTHY. assess puts it each turn. */
export const NOT_HEALTHY_METRIC = 'NotHealthy';

/** Gauge (Count, dimensions `pair`, `clientSet`): 1 while somebody is left behind at home of a set that is away. assess puts it each turn. */
export const OLD_SIDE_METRIC = 'OldSideActive';

/** Gauge (Count, dimensions `pair`, `clientSet`): 1 while retention may take records of a set's tail within a day, or already. assess puts it each turn. */
export const TAIL_EXPIRING_METRIC = 'TailExpiring';

/** Gauge (Count, dimensions `pair`, `clientSet`, `severity`): findings of readiness. assess puts it each turn, 0 included; alarms stand on it. */
export const READINESS_FINDINGS_METRIC = 'ReadinessFindings';

export const FunctionEnv = z.object({
  /** Set by Lambda. */
  AWS_REGION: Region,
  /** Hash of the config this code was deployed with; written into each decision. */
  MM2F_CONFIG_VERSION: z.string().min(1),
  MM2F_TOPIC_ARN: z.string().optional(),
  MM2F_FAILOVER_MACHINE_ARN: z.string().optional(),
  MM2F_SWITCHOVER_MACHINE_ARN: z.string().optional(),
  MM2F_FAILBACK_MACHINE_ARN: z.string().optional(),
});
export type FunctionEnv = z.infer<typeof FunctionEnv>;

/**
 * How long a scheduled function may run. It loops for about 55 s and leaves by itself; this limit is for one that hangs.
 */
export const SCHEDULED_TIMEOUT_SECONDS = 75;

/** A call to a cluster gives up after this, its repetitions included. */
export const CALL_SECONDS = 8;

/** Every function, once: folder = function = docs heading. `speaks` decides network and role. */
export const FUNCTIONS = {
  'probe-clusters': { speaks: 'kafka', where: 'every-region', trigger: 'schedule' },
  'probe-replication': { speaks: 'kafka', where: 'controller', trigger: 'schedule' },
  'seed-positions': { speaks: 'kafka', where: 'controller', trigger: 'schedule' },
  assess: { speaks: 'aws', where: 'controller', trigger: 'schedule' },
  reconcile: { speaks: 'aws', where: 'controller', trigger: 'schedule' },
  'record-adoption': { speaks: 'aws', where: 'controller', trigger: 'ClientAdopted' },
  operate: { speaks: 'aws', where: 'controller', trigger: 'people' },
  'claim-move': { speaks: 'aws', where: 'controller', trigger: 'workflow' },
  'ask-operator': { speaks: 'aws', where: 'controller', trigger: 'workflow' },
  'pin-positions': { speaks: 'kafka', where: 'controller', trigger: 'workflow' },
  'publish-routing': { speaks: 'aws', where: 'controller', trigger: 'workflow' },
  'await-adoption': { speaks: 'kafka', where: 'controller', trigger: 'workflow' },
  'measure-drain': { speaks: 'kafka', where: 'controller', trigger: 'workflow' },
  'restore-positions': { speaks: 'kafka', where: 'controller', trigger: 'workflow' },
  'conclude-move': { speaks: 'aws', where: 'controller', trigger: 'workflow' },
} as const;
export type FunctionName = keyof typeof FUNCTIONS;
