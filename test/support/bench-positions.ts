/** What the offset syncs of 1,000 partitions take in memory, and how long their translation takes. `npm run bench:positions`. */
import { KeptSyncs, MOST_SYNCS } from '../../core/positions/kept-syncs.ts';
import { translateForward } from '../../core/positions/forward.ts';
import { buildSyncMap } from '../../core/positions/sync-map.ts';

const PARTITIONS = 1_000;
const SYNCS_EACH = 20_000n;

const collected = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

if (globalThis.gc === undefined) throw new Error('run it by `npm run bench:positions`: it needs --expose-gc');
const before = collected();
const begun = performance.now();
const all = Array.from({ length: PARTITIONS }, (_, partition) => {
  const kept = new KeptSyncs();
  for (let i = 0n; i < SYNCS_EACH; i += 1n)
    kept.add({ upstream: i * 100n, downstream: i * 100n + BigInt(partition), life: 1n });
  return kept;
});
const read = performance.now();
const syncs = collected() - before;
const kept = all.reduce((sum, one) => sum + one.syncs.length, 0);
const maps = all.map((one) => buildSyncMap(one.syncs, { history: 'complete', exactlyOnce: false }));
for (const map of maps) translateForward(map, SYNCS_EACH * 100n - 150n, {});
const translated = performance.now();
console.log(
  [
    `${PARTITIONS} partitions, ${SYNCS_EACH} syncs each, of which ${Math.round(kept / PARTITIONS)} are kept (at most ${MOST_SYNCS})`,
    `kept syncs: ${megabytes(syncs)}, with maps: ${megabytes(collected() - before)}`,
    `taking them in: ${(read - begun).toFixed(0)} ms, maps and one translation each: ${(translated - read).toFixed(0)} ms`,
  ].join('\n'),
);
