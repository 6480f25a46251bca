export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal strings mean the same process. */
  readonly startedAt: string;
}
export function processStartedAt(pid: number): string | undefined;
export function isStillRunning(identity: ProcessIdentity): boolean;
export function ownIdentity(): ProcessIdentity;
