/** The settings that shape a drill's figures: what was in force, beside what production has without a word in its config. */
import type * as z from 'zod';
import { MoveRules, ProbeRules, ReplicationRules } from '../../../core/config/schema.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { WindowInForce } from './shape.ts';

const RULES = { probe: ProbeRules, replication: ReplicationRules, moves: MoveRules } as const;

const DETECTION = [
  'probe.intervalSeconds',
  'probe.rungTimeoutSeconds',
  'probe.suspectFailures',
  'probe.windowSamples',
  'probe.confirmSeconds',
];
const ADOPTION = ['clientSets.pollSeconds', 'moves.pollSeconds', 'moves.adoptionSeconds'];
const DRAIN = [
  'replication.sampleIntervalSeconds',
  'replication.freshSeconds',
  'moves.stableSeconds',
  'moves.pollSeconds',
  'moves.drainStallSeconds',
];
const RECOVERY = [
  'probe.recoverSeconds',
  'probe.recoverSuccesses',
  'moves.failbackDwellSeconds',
  'moves.approvalSeconds',
];

/** Name of a figure (report/timings.ts) -> settings that it cannot be understood without. */
export const SHAPED_BY: Readonly<Record<string, readonly string[]>> = {
  'detection and decision': DETECTION,
  publish: [],
  'adoption, producers': ADOPTION,
  'adoption, consumers': ADOPTION,
  'drain and cutover': DRAIN,
  'unavailable, producers': [...DETECTION, 'clientSets.pollSeconds'],
  'unavailable, consumers': [...DETECTION, 'clientSets.pollSeconds'],
  failback: RECOVERY,
};

/** Positions are only as fresh as these: they bound what is repeated. */
const POSITIONS = ['moves.seedIntervalSeconds', 'moves.lagLimitSeconds', 'moves.clientSilentSeconds'];

export function windowsInForce(config: PairConfig, movedSet: string): readonly z.infer<typeof WindowInForce>[] {
  const settings = [...new Set([...Object.values(SHAPED_BY).flat(), ...POSITIONS])];
  return settings.flatMap((setting) => window(config, movedSet, setting) ?? []);
}

function window(config: PairConfig, movedSet: string, setting: string): z.infer<typeof WindowInForce> | undefined {
  if (setting === 'clientSets.pollSeconds') {
    const inForce = config.clientSets[movedSet]?.pollSeconds;
    return inForce === undefined
      ? undefined
      : { setting, inForce, production: 5, meaning: 'How often clients read their routing. Seconds.' };
  }
  const [part = '', name = ''] = setting.split('.');
  const rules = RULES[part as keyof typeof RULES];
  const given = config[part as keyof typeof RULES] as Readonly<Record<string, unknown>>;
  const defaults = rules.parse({}) as Readonly<Record<string, unknown>>;
  const shape = rules.shape as Readonly<Record<string, { readonly description?: string | undefined }>>;
  return {
    setting,
    inForce: Number(given[name]),
    production: Number(defaults[name]),
    meaning: shape[name]?.description ?? '',
  };
}
