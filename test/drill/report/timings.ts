/** How long each stage took, from what was observed: never from what the controller believes. */
import type { RunRecord } from '../checker/records.ts';
import { isIn, seenIn } from '../checker/rounds.ts';

export interface Timing {
  readonly name: string;
  readonly meaning: string;
  /** Seconds; undefined = it did not happen. */
  readonly seconds: number | undefined;
}

/** @param round numbered from 0 */
export function timings(run: RunRecord, round: number): readonly Timing[] {
  const { killedMs, restartedMs } = run.rounds[round]!;
  const decided = run.decisions.find(
    (d) =>
      d.set === run.movedSet &&
      (d.kind === 'claim' || d.kind === 'ask') &&
      d.move === 'failover' &&
      isIn(run, round, d.atMs),
  );
  const seenFirst = (test: (s: RunRecord['seen'][number]) => boolean) =>
    seenIn(run, round).find((s) => s.atMs >= killedMs && test(s))?.atMs;
  const draining = seenFirst((s) => s.consumers.cluster === run.refuge);
  const refuge = seenFirst((s) => s.phase === 'refuge');
  const backHome = seenFirst((s) => s.phase === 'home');
  const adopted = (role: 'producer' | 'consumer', cluster: string, sinceMs: number | undefined) =>
    sinceMs === undefined
      ? undefined
      : latest(
          run.adopted
            .filter(
              (a) =>
                a.set === run.movedSet &&
                a.role === role &&
                a.cluster === cluster &&
                a.atMs >= sinceMs &&
                a.revision === revisionAt(run, sinceMs),
            )
            .map((a) => a.atMs),
        );
  const span = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : (to - from) / 1000;
  return [
    { name: 'detection and decision', meaning: 'kill -> claimed', seconds: span(killedMs, decided?.atMs) },
    { name: 'publish', meaning: 'claimed -> first routing value seen', seconds: span(decided?.atMs, draining) },
    {
      name: 'adoption, producers',
      meaning: 'value seen -> last producer at the refuge',
      seconds: span(draining, adopted('producer', run.refuge, draining)),
    },
    {
      name: 'adoption, consumers',
      meaning: 'value seen -> last consumer at the refuge',
      seconds: span(draining, adopted('consumer', run.refuge, draining)),
    },
    {
      name: 'drain and cutover',
      meaning: 'first value -> value that lets consumers read the local topics',
      seconds: span(draining, refuge),
    },
    {
      name: 'unavailable, producers',
      meaning: 'last acknowledgement at home -> first at the refuge',
      seconds: unavailable(run, round, 'produced'),
    },
    {
      name: 'unavailable, consumers',
      meaning: 'last processing at home -> first at the refuge',
      seconds: unavailable(run, round, 'processed'),
    },
    { name: 'failback', meaning: 'home serves again -> value "home" seen', seconds: span(restartedMs, backHome) },
  ];
}

const revisionAt = (run: RunRecord, atMs: number): number | undefined =>
  run.seen.find((s) => s.set === run.movedSet && s.atMs === atMs)?.revision;
const latest = (times: readonly number[]): number | undefined => (times.length === 0 ? undefined : Math.max(...times));

function unavailable(run: RunRecord, round: number, what: 'produced' | 'processed'): number | undefined {
  const events = (what === 'produced' ? run.produced.filter((p) => p.result === 'ok') : run.processed).filter(
    (e) => e.set === run.movedSet && isIn(run, round, e.atMs),
  );
  const { killedMs } = run.rounds[round]!;
  const last = latest(events.filter((e) => e.cluster === run.failed && e.atMs <= killedMs + 1_000).map((e) => e.atMs));
  const first = events
    .filter((e) => e.cluster === run.refuge)
    .reduce((low, e) => Math.min(low, e.atMs), Number.POSITIVE_INFINITY);
  return last === undefined || !Number.isFinite(first) ? undefined : (first - last) / 1000;
}
