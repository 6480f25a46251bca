/** The worlds that scenarios are played in. A new kind is one more entry; scenarios of one kind share its world. */
import type { Setup } from '../stage.ts';

export const WORLDS = {
  /** One broker each; probers and MirrorMaker 2 behind proxies. */
  plain: { world: { relations: ['PROBER', 'MIRROR'] } },
  /** Three brokers each, so that redundancy can be lost. */
  three: { world: { brokers: 3, relations: ['PROBER', 'MIRROR'] } },
} as const satisfies Readonly<Record<string, Setup>>;

export type WorldKind = keyof typeof WORLDS;
