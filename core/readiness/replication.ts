/** What is wrong with the flow home -> refuge, and which part of it to look at: its verdict says that it is not healthy, not why. */
import type { FlowObservation } from '../contracts/observations.ts';
import type { Finding } from '../contracts/readiness.ts';
import type { ClusterVerdictKind } from '../health/verdicts.ts';
import { diagnoseFlow } from '../replication/heartbeats.ts';
import type { FlowDiagnosis } from '../replication/heartbeats.ts';
import type { Check, Preparation } from './preparation.ts';
import { unknown, warns } from './preparation.ts';

export const checkReplication: Check = (facts): readonly Finding[] => {
  const { home, refuge, outbound } = facts;
  if (outbound.kind === 'HEALTHY') return [];
  const { says, fix } = PARTS[diagnosisOf(facts)](facts);
  const found = {
    cluster: refuge.alias,
    subject: `${home.alias}->${refuge.alias}`,
    sentence: says === undefined ? outbound.sentence : `${outbound.sentence}; ${says}`,
    fix,
  };
  return [outbound.kind === 'UNKNOWN' ? unknown('replication', found) : warns('replication', found)];
};

/** Judged as things stood at the newest look; one that is old itself says nothing. */
function diagnosisOf({ nowMs, flow, inbound, homeVerdict, rules: { freshMs } }: Preparation): FlowDiagnosis {
  const isOld = (look: FlowObservation) => nowMs - look.atMs > freshMs;
  if (flow === null || isOld(flow)) return 'UNKNOWN';
  const { ownHeartbeatMs, copiedHeartbeatMs, workerMembers, connectorStates } = flow;
  return diagnoseFlow(
    {
      ownHeartbeatMs,
      copiedHeartbeatMs,
      targetReadable: [ownHeartbeatMs, copiedHeartbeatMs, workerMembers, connectorStates].some(
        (one) => one !== undefined,
      ),
      sourceReachable: REACHED[homeVerdict],
      sourceHeartbeatMs: inbound === null || isOld(inbound) ? undefined : inbound.ownHeartbeatMs,
      workers: workersOf(flow),
      failedTasks: Object.values(connectorStates ?? {}).includes('FAILED'),
    },
    { nowMs: flow.atMs, freshnessLimitMs: freshMs },
  );
}

/** Verdicts about home that say whether it is reached; the others leave it open. */
const REACHED: Readonly<Record<string, boolean>> = {
  HEALTHY: true,
  DEGRADED: true,
  RECOVERING: true,
  CONFIRMED_DOWN: false,
  CONFIRMED_DOWN_UNCORROBORATED: false,
  BOTH_DOWN: false,
} satisfies Partial<Record<ClusterVerdictKind, boolean>>;

const workersOf = ({ workerMembers }: FlowObservation): 'present' | 'none' | undefined =>
  workerMembers === undefined ? undefined : workerMembers > 0 ? 'present' : 'none';

interface Part {
  /** undefined = nothing beyond the verdict's own words. */
  readonly says?: string;
  readonly fix: string;
}

const workers = (source: string, target: string): string =>
  `see that the workers of ${source}->${target} run (status topic mm2-status.${source}.internal, their logs)`;

const PARTS: Readonly<Record<FlowDiagnosis, (facts: Preparation) => Part>> = {
  HEALTHY: ({ home, refuge }) => ({
    says: `heartbeats of ${home.alias} arrive, so the flow runs and the way is open`,
    fix: `give ${home.alias}->${refuge.alias} time, or more tasks (tasks.max) if the lag stays`,
  }),
  SOURCE_DOWN: ({ home, refuge }) => ({
    says: `its worker lives and ${home.alias} is not reached: it is ${home.alias}, not the flow`,
    fix: `bring ${home.alias} back; ${home.alias}->${refuge.alias} then goes on by itself`,
  }),
  FLOW_DOWN: ({ home, refuge }) => ({
    says: `its worker is silent, whatever ${home.alias} does`,
    fix: workers(home.alias, refuge.alias),
  }),
  SOURCE_TASK_FAILED: ({ home, refuge }) => ({
    says: `its worker lives, and what is at ${home.alias} is not copied: its source tasks`,
    fix: `restart the workers of ${home.alias}->${refuge.alias} and read their logs (status topic mm2-status.${home.alias}.internal names the task): rights on ${home.alias}, the way to it, the settings of the connector`,
  }),
  REVERSE_HEARTBEAT_DOWN: ({ home, refuge }) => ({
    says: `heartbeats at ${home.alias}, which ${refuge.alias}->${home.alias} writes, have stopped: there is nothing to copy, so it may be the other flow alone`,
    fix: workers(refuge.alias, home.alias),
  }),
  TARGET_DOWN: ({ refuge }) => ({
    says: `nothing of it could be read at ${refuge.alias}`,
    fix: `see that ${refuge.alias} answers, and that probe-replication may read there`,
  }),
  UNKNOWN: ({ home, refuge }) => ({ fix: workers(home.alias, refuge.alias) }),
};
