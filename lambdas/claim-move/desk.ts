/** What every part of claim-move works with: the request, the judging of it, its record, the answer. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { ClaimMoveInput, ClaimMoveResult } from '../../core/contracts/workflow.ts';
import { decideMove } from '../../core/move/decide.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { isRehearsed } from '../../core/move/readiness.ts';
import type { Ports } from '../ports.ts';
import { tellBus } from '../shared/tell.ts';
import { askLast } from './last-checks.ts';
import type { LastChecks } from './last-checks.ts';
import { isNews, RECENT_DECISIONS, recordOf } from './record.ts';
import type { Outcome } from './record.ts';
import type { Asked } from './request.ts';

export type ClaimPorts = Pick<
  Ports,
  'control' | 'shared' | 'observations' | 'clock' | 'events' | 'workflows' | 'scratch' | 'hooks' | 'log' | 'metrics'
>;

export interface Here {
  readonly region: string;
  readonly configVersion: string;
}

export interface Desk {
  readonly ports: ClaimPorts;
  readonly config: PairConfig;
  readonly here: Here;
  readonly payload: ClaimMoveInput;
  readonly asked: Asked;
}

export interface Judged {
  readonly facts: MoveFacts;
  readonly decision: MoveDecision;
}

/** Guards first. Only what they let pass is put to the outside world, and judged once more with its answers. */
export async function judge({ ports, config, asked }: Desk, facts: MoveFacts, known?: LastChecks): Promise<Judged> {
  const decision = decideMove(facts);
  const passes = asked.input.dryRun ? isRehearsed(decision.guards) : decision.kind === 'claim';
  if (!passes) return { facts, decision };
  const { placed, input } = asked;
  const checks = known ?? (await askLast(ports, config, { placed, facts, decision, dryRun: input.dryRun }));
  const whole = { ...facts, ...checks };
  return { facts: whole, decision: decideMove(whole) };
}

/** Stored before anything is done. What was refused before for the same reasons is neither stored nor announced again. */
export async function record(desk: Desk, facts: MoveFacts, decision: MoveDecision, outcome?: Outcome): Promise<void> {
  const { ports, asked, here } = desk;
  const next = recordOf(asked.placed, facts, decision, { configVersion: here.configVersion, outcome });
  if (!isNews(next, await ports.control.decisions(asked.placed.name, RECENT_DECISIONS))) return;
  await ports.control.putDecision(next);
  if (next.kind !== 'refused') return;
  const { pair, clientSet, epochSeen, move, atMs, sentence, reasons } = next;
  await tellBus(ports, {
    name: 'MoveRefused',
    detail: { pair, clientSet, epoch: epochSeen, move, observedAtMs: atMs, sentence, reasons },
  });
}

export function answer(
  { config, asked }: Desk,
  kind: ClaimMoveResult['kind'],
  epoch: number,
  reasons: readonly string[],
  sentence = reasons.join('; '),
): ClaimMoveResult {
  const waitSeconds = kind === 'unconfirmed' ? config.moves.pollSeconds : 1;
  return {
    kind,
    sentence,
    reasons,
    waitSeconds,
    pair: config.pair,
    clientSet: asked.placed.name,
    move: asked.request.move,
    epoch,
  };
}
