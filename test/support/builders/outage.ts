/** K1 is confirmed down and clients-k1 is at home in mode automatic: claim-move with everything it reads, in memory. */
import type { PairConfig } from '../../../core/config/schema.ts';
import type { Decision, SetState } from '../../../core/contracts/tables.ts';
import type { ClaimMoveInput, ClaimMoveResult } from '../../../core/contracts/workflow.ts';
import { claimMove } from '../../../lambdas/claim-move/claim-move.ts';
import { fakePorts, type FakePorts } from '../fakes/ports.ts';
import { fakeSharedLimits } from '../fakes/shared.ts';
import { flowLook, setLook, storedVerdict } from './judgement.ts';
import { K2_REGION, pairConfig, placedK1, stateOf, TEN_O_CLOCK } from './pair.ts';

export const BY_RULE = {
  pair: 'orders',
  clientSet: 'clients-k1',
  move: 'failover',
  trigger: 'automatic',
  reason: 'K1 is CONFIRMED_DOWN',
  requestedBy: 'assess',
} as const;
export const BY_PERSON = { pair: 'orders', clientSet: 'clients-k1', reason: 'K1 is gone', requestedBy: 'ada' } as const;

export interface Outage {
  readonly config: PairConfig;
  readonly ports: FakePorts;
  readonly ask: (input: unknown, changes?: Partial<ClaimMoveInput>) => Promise<ClaimMoveResult>;
  readonly verdicts: (home: string, refuge?: string) => Promise<void>;
  readonly state: (clientSet?: string) => Promise<SetState>;
  readonly change: (changes: Partial<SetState>, clientSet?: string) => Promise<void>;
  /** Newest first. */
  readonly decisions: () => Promise<readonly Decision[]>;
}

export async function outage(set: object = {}, top: object = {}): Promise<Outage> {
  const config = pairConfig(set, top);
  const { shared } = config;
  const ports = fakePorts({
    region: K2_REGION,
    ...(shared === undefined ? {} : { shared: fakeSharedLimits(shared.table) }),
  });
  const state = async (clientSet = 'clients-k1') => {
    const present = await ports.control.readSet(clientSet);
    if (!present) throw new Error(`${clientSet} has no state`);
    return present;
  };
  const verdicts = async (home: string, refuge = 'HEALTHY') => {
    const judgedAtMs = ports.clock.nowMs();
    const kinds = { 'cluster:K1': home, 'cluster:K2': refuge, 'flow:K1->K2': 'HEALTHY', 'flow:K2->K1': 'HEALTHY' };
    for (const [subject, kind] of Object.entries(kinds))
      await ports.control.putVerdict(storedVerdict(subject, kind, { judgedAtMs }));
  };
  await ports.control.writeSet(stateOf(config, { mode: placedK1(config).set.mode }));
  await verdicts('CONFIRMED_DOWN');
  await ports.observations.putSet(setLook());
  return {
    config,
    ports,
    ask: (input, changes = {}) =>
      claimMove(ports, config, { region: K2_REGION, configVersion: 'v1' })({
        machine: 'failover',
        input,
        execution: 'one',
        startedAt: new Date(TEN_O_CLOCK).toISOString(),
        ...changes,
      }),
    verdicts,
    state,
    change: async (changes, clientSet) => {
      const present = await state(clientSet);
      await ports.control.writeSet({ ...present, ...changes, version: present.version + 1 });
    },
    decisions: () => ports.control.decisions('clients-k1', 1_000),
  };
}

/**
 * Ends of both topics were sampled 90 s ago at home, where producers write 10 records/s to each; `behind` records of
 * each are not copied.
 */
export async function lossOf({ ports }: Outage, behind: number): Promise<void> {
  const atMs = ports.clock.nowMs() - 90_000;
  for (const topic of ['orders', 'payments'])
    await ports.control.putHomeSample('clients-k1', {
      group: 'billing',
      topic,
      atMs,
      clusterId: 'cluster-one',
      partitions: { 0: { committed: '0', end: '1000', start: '0' } },
      recent: [
        { atMs: atMs - 10_000, end: '900' },
        { atMs, end: '1000' },
      ],
    });
  const copied = { 0: String(999 - behind) };
  await ports.observations.putFlow(
    flowLook({ atMs: ports.clock.nowMs(), replicatedOffsets: { orders: copied, payments: copied } }),
  );
}
