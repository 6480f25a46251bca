/** Who owns which partition of a group, as the cluster tells. */
import type { GroupView } from '../../core/contracts/observations.ts';

export type Ownership = 'owned' | 'unowned' | 'unknown';

/** `unknown`: the group is active, but this protocol version cannot describe it (KIP-848), so any partition may be owned. */
export function ownerOf(view: GroupView | undefined, topic: string, partition: number): Ownership {
  if (view === undefined || view.activity === 'unknown' || view.activity === 'active-unreadable') return 'unknown';
  return view.members.some((member) => member.assigned[topic]?.includes(partition)) ? 'owned' : 'unowned';
}

export function membersOf(view: GroupView | undefined): 'some' | 'none' | 'unknown' {
  if (view === undefined || view.activity === 'unknown') return 'unknown';
  if (view.activity === 'active-unreadable') return 'some';
  return view.members.length > 0 ? 'some' : 'none';
}
