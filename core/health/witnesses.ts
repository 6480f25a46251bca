/** Witnesses beside the probes. Alone none of them confirms anything; each may veto. */

/** Witness B: replication as seen on the other cluster (core/replication/heartbeats.ts). */
export interface Witness {
  readonly kind: 'ALIVE' | 'CORROBORATES' | 'UNAVAILABLE';
  readonly because: string;
}

export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** Witness C: what a configured CloudWatch alarm says of a cluster. */
export interface AlarmWitness {
  readonly name: string;
  readonly cluster: string;
  readonly region: string;
  /** What it says while it is in ALARM; in any other state, or unreadable, it abstains. */
  readonly says: 'down' | 'alive';
}

/** An alarm that does not abstain. */
export type AlarmSaying = Pick<AlarmWitness, 'name' | 'says'>;

/** By region, then by name. What could not be read or does not exist is absent. */
export type AlarmStates = ReadonlyMap<string, ReadonlyMap<string, AlarmState>>;

export const sayingsAbout = (
  cluster: string,
  witnesses: readonly AlarmWitness[],
  states: AlarmStates,
): readonly AlarmSaying[] =>
  witnesses
    .filter((witness) => witness.cluster === cluster && states.get(witness.region)?.get(witness.name) === 'ALARM')
    .map(({ name, says }) => ({ name, says }));

/** One sign of life outweighs everything; an alarm that says "down" counts only where replication cannot tell. */
export function hearWitnesses(replication: Witness, alarms: readonly AlarmSaying[]): Witness {
  const alive = alarms.find(({ says }) => says === 'alive');
  if (replication.kind === 'ALIVE') return replication;
  if (alive) return { kind: 'ALIVE', because: `alarm "${alive.name}" says alive` };
  // No alarm says "alive", so whichever speaks says "down".
  const [down] = alarms;
  if (replication.kind === 'UNAVAILABLE' && down)
    return { kind: 'CORROBORATES', because: `alarm "${down.name}" says down` };
  return replication;
}
