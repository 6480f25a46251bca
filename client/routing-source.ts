/** Where clients read their routing. A source only delivers what it read; judging it is the follower's part. */

/** What one look at one place gave. `region` is null for sources that have a single place. */
export type RegionReading = { readonly region: string | null } & (
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable'; readonly because: string }
);

/** One look at every listed place. */
export type Readings = readonly RegionReading[];

export interface SourceWatch {
  /** How often to look from now on; the routing value says it. */
  pollEvery(seconds: number): void;
  stop(): void;
}

export interface RoutingSource {
  /**
   * Looks at once and then again and again, until the watch is stopped. Several clients of one process may share a
   * source: it looks once for all of them, at the shortest interval any of them asked for.
   */
  start(onReadings: (readings: Readings) => void): SourceWatch;
}

/** A source for tests and for applications that receive the value in some other way. */
export interface MemorySource extends RoutingSource {
  /** Delivers a value (an object is written as JSON) to every watcher, and to later ones as their first. */
  publish(value: string | object): void;
  deliver(readings: Readings): void;
}

export function memorySource(first?: string | object): MemorySource {
  const watchers = new Set<(readings: Readings) => void>();
  let last: Readings | null = null;
  const deliver = (readings: Readings) => {
    last = readings;
    for (const watcher of watchers) watcher(readings);
  };
  const publish = (value: string | object) =>
    deliver([{ region: null, kind: 'value', text: typeof value === 'string' ? value : JSON.stringify(value) }]);
  if (first !== undefined) publish(first);
  return {
    publish,
    deliver,
    start: (onReadings) => {
      watchers.add(onReadings);
      if (last) onReadings(last);
      return { pollEvery: () => undefined, stop: () => watchers.delete(onReadings) };
    },
  };
}
