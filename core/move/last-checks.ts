/** What is asked of the outside world right before a move: whether it could be finished (G13), and whether somebody objects (G12). */
import type { EpochMs } from '../contracts/primitives.ts';
import { clip } from '../health/words.ts';

/** Where a parameter of no meaning could be put just now. */
export interface ScratchReading {
  readonly region: string;
  /** Absent: it was written. */
  readonly because?: string | undefined;
  /** It answered, but takes no more just now. */
  readonly busy?: boolean | undefined;
}

export type VetoAnswer =
  { readonly kind: 'allowed'; readonly sentence: string } | { readonly kind: 'vetoed'; readonly sentence: string };

/** What a hook is told. One object, the same for every kind of move. */
export interface VetoQuestion {
  readonly pair: string;
  readonly clientSet: string;
  readonly move: string;
  readonly from: string;
  readonly to: string;
  readonly trigger: string;
  readonly requestedBy: string;
  readonly reason: string;
  /** The epoch that the move would be, or is. */
  readonly epoch: number;
  readonly dryRun: boolean;
  readonly sentence: string;
  readonly expectedLoss: string;
  readonly askedAtMs: EpochMs;
}

type Reply =
  { readonly kind: 'answered'; readonly answer: unknown } | { readonly kind: 'failed'; readonly because: string };

/** Only `{"veto": false}` lets a move pass: whoever configured a hook wants to be heard, also when it is broken. */
export function judgeVeto(hook: string, reply: Reply): VetoAnswer {
  if (reply.kind === 'failed')
    return {
      kind: 'vetoed',
      sentence: `veto hook ${hook} gave no answer, which counts as a veto: ${clip(reply.because, MAX_SHOWN)}`,
    };
  const { veto, reason } = (reply.answer ?? {}) as { readonly veto?: unknown; readonly reason?: unknown };
  if (veto === false) return { kind: 'allowed', sentence: `veto hook ${hook} does not object` };
  if (veto !== true)
    return {
      kind: 'vetoed',
      sentence: `veto hook ${hook} answered ${clip(reply.answer === undefined ? 'nothing' : JSON.stringify(reply.answer), MAX_SHOWN)}, which counts as a veto; allowed: {"veto": false} or {"veto": true, "reason": "..."}`,
    };
  const why = typeof reason === 'string' && reason !== '' ? clip(reason, MAX_SHOWN) : 'it gave no reason';
  return { kind: 'vetoed', sentence: `veto hook ${hook} refuses the move: ${why}` };
}

/** It becomes part of a sentence that ends an execution. */
const MAX_SHOWN = 300;
