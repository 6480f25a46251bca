/** A fault of the fault matrix, what is done to the running system, and what must come of it. */
import type { SetState } from '../../../core/contracts/tables.ts';
import type { Say, Stage } from '../stage.ts';
import type { WorldKind } from './worlds.ts';

export interface Scene extends Stage {
  readonly say: Say;
  /** Waits for a condition; ends the scenario with a sentence when it does not come. */
  readonly until: <T>(what: string, probe: () => Promise<T | undefined>, timeoutMs?: number) => Promise<T>;
  /** Kind of the newest stored verdict, such as of `cluster:K1` as its refuge's controller sees it. */
  readonly verdict: (subject: string) => Promise<string | undefined>;
  readonly state: (set: string) => Promise<SetState | null>;
}

interface Named {
  /** Written, and not yet seen to pass: played by its name, left out of `all`. */
  readonly draft?: true;
  /** Of the fault matrix, such as `M08`. */
  readonly id: string;
  /** What happens, for people. */
  readonly title: string;
}

/** Played on a deployed system with clients at work, after others of its world. */
export interface StagedScenario extends Named {
  readonly world: WorldKind;
  /** The verdicts that must be named while the fault stands, all of them. */
  readonly verdicts: readonly Needed[];
  /** Verdicts that must not be named at any moment of it. */
  readonly never?: readonly Needed[];
  /** What may come of it for client sets. `nothing`: not one revision is published, no epoch is opened. */
  readonly outcome: Outcome;
  readonly fault: (scene: Scene) => Promise<void>;
  /** Brings the world back to what it was; the next scenario begins when both clusters are HEALTHY again. */
  readonly heal: (scene: Scene) => Promise<void>;
  /** What is to be seen after the set has come home. */
  readonly afterwards?: (scene: Scene, past: Past) => Promise<Found>;
}

export interface Needed {
  /** Such as `cluster:K1`. */
  readonly subject: string;
  readonly kinds: readonly string[];
}

/** A failover and the way home, when both are over. */
export interface Past {
  readonly set: string;
  readonly faultMs: number;
  /** Records that the failed cluster had acknowledged and nobody had copied, by the clients' and brokers' logs. */
  readonly tail: number;
}

/** Starts and ends what it needs by itself, and judges by itself. */
export interface OwnScenario extends Named {
  readonly world: 'own';
  /** Can be played the other way round: K1 and K2 change places with `--fail K2`. */
  readonly turns?: true;
  /** @param home whose clients are moved */
  readonly play: (say: Say, home: 'K1' | 'K2') => Promise<Found>;
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
  | FailsOver;

/** Exactly one failover; the way home asks a person. */
export interface FailsOver {
  readonly kind: 'fails-over';
  readonly set: string;
  /** This guard refuses it first and nothing is published; then a person starts it and accepts the loss. */
  readonly refusedFirstBy?: string;
  /** Records are left behind at home; where there are none, what becomes of them was not tried. */
  readonly leavesTail?: true;
  /** Home comes back in between: the way home may be asked for, and is not answered before the fault is over. */
  readonly homeFlaps?: true;
}
