/** Where the library's clients read their routing: as applications do, or once only. */
import { ssmSource } from '../../../client/index.ts';
import type { RoutingSource } from '../../../client/index.ts';
import type { WorkloadSpec } from './spec.ts';

export function routingOf({ pair, set, regions, deaf }: WorkloadSpec): RoutingSource {
  const source = ssmSource({ pair, clientSet: set, regions });
  return deaf ? readOnce(source) : source;
}

/** Delivers the first look that finds a value in every region, and nothing after it: whatever is published, nobody hears. */
export function readOnce(source: RoutingSource): RoutingSource {
  return {
    start: (onReadings) => {
      let isOver = false;
      const watch = source.start((readings) => {
        if (isOver || readings.some(({ kind }) => kind !== 'value')) return;
        isOver = true;
        watch.stop();
        onReadings(readings);
      });
      return watch;
    },
  };
}
