/** Asked last, when nothing else stands in the way: could the move be finished (G13), does somebody object (G12). */
import { vetoHookOf } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import { epochOf } from '../../core/move/facts.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { judgeVeto } from '../../core/move/last-checks.ts';
import type { ScratchReading, VetoAnswer, VetoQuestion } from '../../core/move/last-checks.ts';
import { lossSentence } from '../../core/move/loss.ts';
import type { Ports } from '../ports.ts';

export type LastChecks = Pick<MoveFacts, 'scratch' | 'veto'>;

interface Asking {
  readonly placed: PlacedSet;
  readonly facts: MoveFacts;
  readonly decision: MoveDecision;
  readonly dryRun: boolean;
}

/** Nobody is asked about a move that could not be finished anyway. */
export async function askLast(
  ports: Pick<Ports, 'scratch' | 'hooks'>,
  config: PairConfig,
  asking: Asking,
): Promise<LastChecks> {
  const scratch = await tryRegions(ports, asking);
  if (scratch[0]?.because !== undefined && scratch[0].busy !== true) return { scratch, veto: null };
  return { scratch, veto: await askHook(ports, config, asking) };
}

const tryRegions = (
  { scratch }: Pick<Ports, 'scratch'>,
  { placed, facts }: Asking,
): Promise<readonly ScratchReading[]> =>
  Promise.all(
    placed.clientRegions.map(async (region) => {
      const text = `tried before a ${facts.request.move} at ${new Date(facts.nowMs).toISOString()}`;
      const put = await scratch.put(region, placed.name, text);
      if (put.kind === 'written') return { region };
      return { region, because: put.because, ...(put.kind === 'busy' ? { busy: true } : {}) };
    }),
  );

async function askHook(
  { hooks }: Pick<Ports, 'hooks'>,
  config: PairConfig,
  asking: Asking,
): Promise<VetoAnswer | null> {
  const hook = vetoHookOf(config, asking.placed);
  if (hook === undefined) return null;
  return judgeVeto(hook, await hooks.ask(hook, questionOf(asking), config.moves.vetoSeconds * 1000));
}

function questionOf({ placed, facts, decision, dryRun }: Asking): VetoQuestion {
  const { request, state, nowMs, loss } = facts;
  const [from, to] = request.move === 'failback' ? [placed.refuge, placed.home] : [placed.home, placed.refuge];
  return {
    pair: state.pair,
    clientSet: placed.name,
    move: request.move,
    from,
    to,
    trigger: request.trigger,
    requestedBy: request.requestedBy,
    reason: request.reason,
    epoch: epochOf(facts),
    dryRun,
    sentence: decision.sentence,
    expectedLoss: loss === null ? 'not told for this kind of move' : lossSentence(loss),
    askedAtMs: nowMs,
  };
}
