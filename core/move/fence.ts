/** The fence that every step passes first: a redriven or overlapping execution ends here once a newer owner exists. */
import type { Claim, SetState } from '../contracts/tables.ts';
import type { StepInput } from '../contracts/workflow.ts';

export type Fence =
  | { readonly kind: 'own'; readonly state: SetState; readonly claim: Claim }
  | { readonly kind: 'superseded'; readonly sentence: string };

/** @param state read consistently, right before */
export function checkFence(state: SetState | null, input: Pick<StepInput, 'clientSet' | 'epoch' | 'execution'>): Fence {
  if (!state) return superseded(input, `${input.clientSet} has no state in this region`);
  const { open } = state;
  if (!open) return superseded(input, `no claim is open, the newest epoch is ${state.epoch}`);
  if (open.epoch !== input.epoch)
    return superseded(
      input,
      `epoch ${open.epoch} is owned by ${open.execution} (${open.move}, asked by ${open.requestedBy})`,
    );
  if (open.execution !== input.execution)
    return superseded(input, `epoch ${open.epoch} has been taken up by ${open.execution}`);
  return { kind: 'own', state, claim: open };
}

const superseded = (
  { epoch, clientSet }: { readonly epoch: number; readonly clientSet: string },
  because: string,
): Fence => ({
  kind: 'superseded',
  sentence: `epoch ${epoch} of ${clientSet} is not ours any more: ${because}; nothing was done`,
});
