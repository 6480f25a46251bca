export interface LockOwner {
  readonly pid: number;
  readonly startedAt: string;
  readonly purpose: string;
  /** ISO 8601. */
  readonly since: string;
}
export type LockOutcome =
  | { readonly kind: 'taken'; readonly release: () => void }
  | { readonly kind: 'busy'; readonly owner: LockOwner | undefined };
/** Never waits. The lock of a process that does not run any more is taken over. */
export function tryLock(folder: string, purpose: string): LockOutcome;
