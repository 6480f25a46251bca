/** RoutingPublished: the restart hook of applications that read plain parameters when they start. It must not get lost. */
import type { Move } from '../../core/contracts/primitives.ts';
import type { Routing } from '../../core/contracts/routing.ts';
import { markTold } from '../../core/move/claim.ts';
import type { Ports } from '../ports.ts';
import { changeSet, type SetChange } from './set-state.ts';
import { tellBus, type Told } from './tell.ts';

/**
 * After the value is in its controlling region. The state carries the mark of an untold revision since before the
 * write; it goes when the bus has the event, and until then reconcile tells it again.
 */
export async function tellPublished(
  ports: Pick<Ports, 'control' | 'events' | 'clock' | 'log' | 'metrics'>,
  routing: Routing,
  { move, sentence }: { readonly move: Move; readonly sentence: string },
): Promise<Told> {
  const { pair, clientSet, epoch, revision, phase } = routing;
  const told = await tellBus(ports, {
    name: 'RoutingPublished',
    detail: { pair, clientSet, epoch, move, revision, phase, observedAtMs: ports.clock.nowMs(), sentence },
  });
  if (told === 'told')
    await changeSet(ports.control, clientSet, (state): SetChange<undefined> => {
      const next = state === null ? undefined : markTold(state, revision);
      return next === undefined ? { kind: 'leave', result: undefined } : { kind: 'write', next, result: undefined };
    });
  return told;
}
