/** What every step begins with: the set, its state read consistently, and the fence. */
import { placedSet } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { StepInput } from '../../core/contracts/workflow.ts';
import { checkFence } from '../../core/move/fence.ts';
import type { ControlTable } from '../ports.ts';

export type Footing =
  | { readonly kind: 'owned'; readonly placed: PlacedSet; readonly state: SetState; readonly claim: Claim }
  | { readonly kind: 'superseded'; readonly sentence: string };

/** Throws when the input names a set that this config does not have: a workflow never does, so it is a bug. */
export async function stand(control: ControlTable, config: PairConfig, input: StepInput): Promise<Footing> {
  const placed = placedSet(config, input.clientSet);
  if (placed === undefined)
    throw new Error(
      `no client set "${input.clientSet}" in the config; there are: ${Object.keys(config.clientSets).join(', ')}`,
    );
  const state = await control.readSet(input.clientSet);
  const fence = checkFence(state, input);
  if (fence.kind !== 'own') return { kind: 'superseded', sentence: fence.sentence };
  return { kind: 'owned', placed, state: fence.state, claim: fence.claim };
}
