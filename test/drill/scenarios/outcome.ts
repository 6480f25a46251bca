/** What came of a fault, beside what its row allows. Everything that must not be is a sentence. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Decision, SetState } from '../../../core/contracts/tables.ts';
import type { SeenRouting } from '../checker/records.ts';
import { SETS } from '../pair.ts';
import { settled } from '../looks.ts';
import type { Needed, Outcome, Scene } from './scenario.ts';

/** Three times the confirm time of the drill's configuration: what has not happened by then, these probes do not bring about. */
const QUIET_MS = 15_000;

export async function named({ until, verdict }: Scene, { subject, kinds }: Needed): Promise<string> {
  const kind = await until(`${subject} is ${kinds.join(' or ')}`, async () => {
    const now = await verdict(subject);
    return now !== undefined && kinds.includes(now) ? now : undefined;
  });
  return `${subject} ${kind}`;
}

/** Looks at verdicts until it is stopped; answers those that must never be named, as sentences. */
export function watchFor(never: readonly Needed[], { verdict }: Scene): () => Promise<readonly string[]> {
  const found = new Set<string>();
  const watching = { on: true };
  const done = (async () => {
    while (watching.on) {
      for (const { subject, kinds } of never) {
        const now = await verdict(subject);
        if (now !== undefined && kinds.includes(now)) found.add(`${subject} was judged ${now}, which it must never be`);
      }
      await delay(300);
    }
  })();
  return async () => {
    watching.on = false;
    await done;
    return [...found];
  };
}

export type States = ReadonlyMap<string, SetState | null>;
export const statesOf = async ({ state }: Scene): Promise<States> =>
  new Map(await Promise.all(SETS.map(async (set) => [set, await state(set)] as const)));

/** Waits until what must come is there, then watches for the quiet time. */
export async function watchOutcome(outcome: Outcome, scene: Scene, before: States): Promise<readonly string[]> {
  if (outcome.kind === 'asks')
    await scene.until(`an approval is asked for ${outcome.set}`, async () =>
      (await scene.state(outcome.set))?.open?.approval === 'pending' ? true : undefined,
    );
  if (outcome.kind === 'fails-over')
    await scene.until(`${outcome.set} lives at its refuge`, () =>
      outcome.homeFlaps === true ? isAway(scene, outcome.set) : settled(scene, outcome.set, 'refuge'),
    );
  return watchQuiet(outcome, scene, before);
}

const isAway = async ({ state }: Scene, set: string): Promise<true | undefined> =>
  (await state(set))?.phase === 'refuge' ? true : undefined;

export async function watchQuiet(outcome: Outcome, scene: Scene, before: States): Promise<readonly string[]> {
  const untilMs = Date.now() + QUIET_MS;
  for (;;) {
    const now = await statesOf(scene);
    const problems = SETS.flatMap((set) =>
      movedAgainst(outcome, set, {
        before: before.get(set),
        now: now.get(set),
        failovers: failoversOf(scene.observer.seen, set, before.get(set)?.epoch ?? 0),
      }),
    );
    if (problems.length > 0 || Date.now() > untilMs) return problems;
    await delay(500);
  }
}

interface Change {
  readonly before: SetState | null | undefined;
  readonly now: SetState | null | undefined;
  /** Those that clients have seen begin. */
  readonly failovers: number;
}

/** Epochs after that one which sent the set's clients to the remote topics. */
export const failoversOf = (seen: readonly SeenRouting[], set: string, afterEpoch: number): number =>
  new Set(seen.filter((s) => s.set === set && s.phase === 'draining' && s.epoch > afterEpoch).map((s) => s.epoch)).size;

/** Everything that the outcome does not allow. */
export function movedAgainst(outcome: Outcome, set: string, { before, now, failovers }: Change): readonly string[] {
  const concerned = outcome.kind !== 'nothing' && outcome.set === set;
  const mayMove = concerned && outcome.kind === 'fails-over';
  const mayAskHome = mayMove && outcome.homeFlaps === true;
  const epochs = (now?.epoch ?? 0) - (before?.epoch ?? 0);
  return [
    ...(!mayMove && now?.revision !== before?.revision
      ? [`${set} got revision ${now?.revision ?? 'none'} (before: ${before?.revision ?? 'none'})`]
      : []),
    ...(failovers > (mayMove ? 1 : 0) ? [`${failovers} failovers of ${set} were published`] : []),
    ...(!mayAskHome && epochs > (concerned ? 1 : 0) ? [`${epochs} epochs of ${set} were opened`] : []),
  ];
}

/** The newest decision since then that this guard stood in the way of, waited for. */
export function refusedBy(scene: Scene, guard: string, since: { set: string; atMs: number }): Promise<Decision> {
  return scene.until(`${guard} refuses a failover of ${since.set}`, async () => {
    const decisions = await scene.cloud.controlOf(since.set).decisions(since.set, 100);
    return decisions.find(
      ({ atMs, guards, kind }) =>
        atMs >= since.atMs && kind === 'refused' && guards.some(({ id, holds }) => id === guard && !holds),
    );
  });
}
