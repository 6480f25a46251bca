/** Tells again what a move could not tell: the restart hook of a published revision, and questions to people. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { sameRouting } from '../../core/routing/revision.ts';
import { tellPublished } from '../shared/published.ts';
import { tellQuestion } from '../shared/question-news.ts';
import { readRegion } from '../shared/routing-regions.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

/** A step tells its own news, its retries included; what is untold after this long was given up. */
const LEAVE_TO_THE_STEP_MS = 60_000;

export async function tellUntold(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  return [...(await published(ports, placed)), ...(await asked(ports, placed))];
}

/** Only what the controlling region holds: whoever restarts on the event reads it there. */
async function published(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  const { routing, untoldRouting, open } = (await ports.control.readSet(placed.name)) ?? {};
  if (routing === undefined || untoldRouting?.revision !== routing.revision) return [];
  // Nothing is open: of a refresh, nobody else tells.
  if (open !== undefined && ports.clock.nowMs() - Date.parse(routing.issuedAt) < LEAVE_TO_THE_STEP_MS) return [];
  const there = await readRegion(ports, placed.controlRegion, placed.name);
  if (there.kind !== 'value' || !sameRouting(there.routing, routing)) return [];
  const sentence = `revision ${routing.revision} of "${placed.name}" was published at ${routing.issuedAt} (${routing.phase})`;
  const told = await tellPublished(ports, routing, { move: untoldRouting.move, sentence });
  return [
    told === 'told'
      ? { kind: 'done', sentence: `${sentence}; the bus knows now` }
      : { kind: 'problem', sentence: `${sentence}; the bus does not take the event` },
  ];
}

async function asked(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  const [question, state] = await Promise.all([
    ports.control.question(placed.name),
    ports.control.readSet(placed.name),
  ]);
  const claim = state?.open;
  if (question === null || state === null || claim?.epoch !== question.epoch) return [];
  if ((question.untold ?? []).length === 0) return [];
  if (ports.clock.nowMs() - question.askedAtMs < LEAVE_TO_THE_STEP_MS) return [];
  await tellQuestion(ports, question, { state, claim, region: placed.controlRegion });
  return [];
}
