/** Silences of clients, and what explains each. Pure. */
import type { RunRecord } from './records.ts';
import { roundAt, seenIn } from './rounds.ts';

export interface Gap {
  readonly who: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly explainedBy: string | undefined;
}

export const GAP_LIMIT_MS = 3_000;

/** Silences of the moved set's producers and groups while the workload ran, with the stage that explains each. */
export function gaps(run: RunRecord): readonly Gap[] {
  const lanes = new Map<string, number[]>();
  const note = (who: string, atMs: number) => {
    const lane = lanes.get(who);
    if (lane === undefined) lanes.set(who, [atMs]);
    else lane.push(atMs);
  };
  for (const p of run.produced) if (p.result === 'ok') note(`producer ${p.producer}`, p.atMs);
  for (const r of run.processed) note(`group ${r.group} of ${r.set}`, r.atMs);
  return [...lanes].flatMap(([who, times]) => {
    const sorted = times.toSorted((a, b) => a - b);
    return sorted.slice(1).flatMap((toMs, i) => {
      const fromMs = sorted[i]!;
      return toMs - fromMs > GAP_LIMIT_MS ? [{ who, fromMs, toMs, explainedBy: explain(run, fromMs, toMs) }] : [];
    });
  });
}

/** A gap is explained by the outage itself, by clients that were killed, or by a routing value that was published inside it. */
function explain(run: RunRecord, fromMs: number, toMs: number): string | undefined {
  const slackMs = 2_000;
  const round = roundAt(run, fromMs);
  const firstMove = seenIn(run, round).find((s) => s.producers.cluster === run.refuge)?.atMs ?? run.marks.endedMs;
  if (fromMs >= run.rounds[round]!.killedMs - slackMs && fromMs <= firstMove)
    return 'home is down, nobody has moved yet';
  const during = ({ atMs }: { readonly atMs: number }) => atMs >= fromMs - slackMs && atMs <= toMs + slackMs;
  // A group waits for its dead members, whoever's they were.
  const kill = run.kills?.find(({ atMs, forgottenMs }) => atMs <= toMs + slackMs && forgottenMs >= fromMs - slackMs);
  if (kill !== undefined) return `the clients of ${kill.set} were killed`;
  const inside = run.seen.find((s) => s.set === run.movedSet && during(s));
  return inside && `switch to ${inside.phase} (revision ${inside.revision})`;
}
