/** How every AWS call of this project is bounded. */

/** Client settings: two attempts, a connection within a second. The caller's deadline covers both attempts together. */
export const patience = (deadlineMs: number) => ({
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: Math.min(1_000, deadlineMs),
    requestTimeout: deadlineMs,
    throwOnRequestTimeout: true,
  },
});

/** Second argument of `client.send`: gives up after `ms`, retries included. */
export const within = (ms: number) => ({ abortSignal: AbortSignal.timeout(ms) });

/** Name and message of whatever was thrown, for sentences. */
export const causeOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/** Makes one of each per region (clients are dear: a TLS handshake each), at its first use. */
export function perRegion<T>(make: (region: string) => T): (region: string) => T {
  const made = new Map<string, T>();
  return (region) => {
    const present = made.get(region);
    if (present !== undefined) return present;
    const next = make(region);
    made.set(region, next);
    return next;
  };
}
