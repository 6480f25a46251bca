/** What changed: stored first, then told. What the bus did not take stays marked and is told by a later turn. */
import type { DomainEvent } from '../../core/contracts/events.ts';
import type { Remembered } from '../../core/health/memory.ts';
import { tellBus } from '../shared/tell.ts';
import type { AssessPorts } from './gather.ts';

export const store = (ports: AssessPorts, { stored, changedFrom }: Remembered): Promise<void> =>
  ports.control.putVerdict(changedFrom === undefined ? stored : { ...stored, untoldFrom: changedFrom });

/**
 * After `store`. The verdict is written once more without the mark when the news is out, unless the invocation that
 * relieves this one has judged meanwhile: its verdict stands, and a change is rather told twice.
 */
export async function tellChange(ports: AssessPorts, { stored }: Remembered, event: DomainEvent): Promise<void> {
  if ((await tellBus(ports, event)) !== 'told') return;
  await ports.control.reviseVerdict(stored);
}
