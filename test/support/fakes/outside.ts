/** What is asked right before a move, in memory: scratch parameters per region, and the functions of other people. */
import type { Hooks, Scratch } from '../../../lambdas/ports.ts';

export interface FakeScratch extends Scratch {
  /** Region and client set of each put that passed, oldest first. */
  readonly written: readonly { readonly region: string; readonly clientSet: string; readonly text: string }[];
  breakRegion(region: string, how?: 'busy' | 'unreachable'): void;
}

export function fakeScratch(): FakeScratch {
  const written: { region: string; clientSet: string; text: string }[] = [];
  const broken = new Map<string, 'busy' | 'unreachable'>();
  return {
    written,
    breakRegion: (region, how = 'unreachable') => void broken.set(region, how),
    put: async (region, clientSet, text) => {
      const kind = broken.get(region);
      if (kind) return { kind, because: `${region}: fault injected` };
      written.push({ region, clientSet, text });
      return { kind: 'written' };
    },
  };
}

type Reply = Awaited<ReturnType<Hooks['ask']>>;

export interface FakeHooks extends Hooks {
  readonly asked: readonly { readonly functionArn: string; readonly question: unknown; readonly patienceMs: number }[];
  /** What every hook replies from now on; at first none objects. */
  replies(reply: Reply): void;
}

export function fakeHooks(): FakeHooks {
  const asked: { functionArn: string; question: unknown; patienceMs: number }[] = [];
  let reply: Reply = { kind: 'answered', answer: { veto: false } };
  return {
    asked,
    replies: (next) => void (reply = next),
    ask: async (functionArn, question, patienceMs) => {
      asked.push({ functionArn, question, patienceMs });
      return reply;
    },
  };
}
