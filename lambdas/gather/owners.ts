/** Who owns which partition of a group, as the cluster tells. */
import type { GroupView } from '../../core/contracts/observations.ts';

export type Ownership = 'owned' | 'unowned' | 'unknown';

/** `unknown`: the group is active, but does not show who owns what (KIP-848), so any partition that nobody shows may be owned. */
export function ownerOf(view: GroupView | undefined, topic: string, partition: number): Ownership {
  if (view === undefined || view.activity === 'unknown') return 'unknown';
  if (view.members.some((member) => member.assigned[topic]?.includes(partition))) return 'owned';
  return view.activity === 'active-unreadable' ? 'unknown' : 'unowned';
}

export function membersOf(view: GroupView | undefined): 'some' | 'none' | 'unknown' {
  if (view === undefined || view.activity === 'unknown') return 'unknown';
  if (view.activity === 'active-unreadable') return 'some';
  return view.members.length > 0 ? 'some' : 'none';
}
