/** A fault of the fault matrix, what is done to the running system, and what must come of it. */
import type { SetState } from '../../../core/contracts/tables.ts';
import type { Say, Stage } from '../stage.ts';
import type { WorldKind } from './worlds.ts';

export interface Scene extends Stage {
  readonly say: Say;
  /** Waits for a condition; ends the scenario with a sentence when it does not come. */
  readonly until: <T>(what: string, probe: () => Promise<T | undefined>, timeoutMs: number) => Promise<T>;
  /** Kind of the newest stored verdict, such as of `cluster:K1` as its refuge's controller sees it. */
  readonly verdict: (subject: string) => Promise<string | undefined>;
  readonly state: (set: string) => Promise<SetState | null>;
}

interface Named {
  /** Of the fault matrix, such as `M08`. */
  readonly id: string;
  /** What happens, for people. */
  readonly title: string;
}

/** Played on a deployed system with clients at work, after others of its world. */
export interface StagedScenario extends Named {
  readonly world: WorldKind;
  /** The verdicts that must be named while the fault stands, all of them. */
  readonly verdicts: readonly { readonly subject: string; readonly kinds: readonly string[] }[];
  /** What may come of it for client sets. `nothing`: not one revision is published, no epoch is opened. */
  readonly outcome: Outcome;
  readonly fault: (scene: Scene) => Promise<void>;
  /** Brings the world back to what it was; the next scenario begins when both clusters are HEALTHY again. */
  readonly heal: (scene: Scene) => Promise<void>;
}

/** Starts and ends what it needs by itself, and judges by itself. */
export interface OwnScenario extends Named {
  readonly world: 'own';
  readonly play: (say: Say) => Promise<Found>;
}

export type Scenario = StagedScenario | OwnScenario;

export interface Found {
  /** Empty: it went as its row says. */
  readonly problems: readonly string[];
  /** What was seen, for people. */
  readonly seen: readonly string[];
}

export type Played = Pick<Named, 'id' | 'title'> & Found;

export type Outcome =
  | { readonly kind: 'nothing' }
  /** An approval is asked for, and nothing is published. */
  | { readonly kind: 'asks'; readonly set: string }
  /** At most this many failovers; more would be a ping-pong. */
  | { readonly kind: 'at-most'; readonly failovers: number };
