/** The same pair at work, and its producer says nothing: it reads its plain parameters when it is restarted, a while after they changed. */
import type { Routing } from '../../core/contracts/routing.ts';
import { LivelyLife } from './lively.ts';

/** From a publish until the producer runs again with what it says. */
export const RESTART_SECONDS = 25;

export class SilentLife extends LivelyLife {
  protected override readonly clients = [['consumer', 'c1']] as const;
  #obeyed: Routing['producers'] | undefined;
  #told: { readonly producers: Routing['producers']; readonly atMs: number } | undefined;

  protected override producersObey(): Routing['producers'] | undefined {
    const now = super.producersObey();
    if (now === undefined) return undefined;
    const nowMs = this.ports.clock.nowMs();
    if (this.#told === undefined || JSON.stringify(this.#told.producers) !== JSON.stringify(now))
      this.#told = { producers: now, atMs: nowMs };
    if (this.#obeyed === undefined || nowMs - this.#told.atMs >= RESTART_SECONDS * 1000)
      this.#obeyed = this.#told.producers;
    return this.#obeyed;
  }
}
