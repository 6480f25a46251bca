/** Where a moved group starts: in the remote topic (the seed, S) and in the refuge's own topic (the local pin). */
import type { GroupMode, IncompleteHistory, MissingSyncs, NonEmpty } from '../contracts/primitives.ts';
import { noNegative, smaller, larger, type DownstreamOffset, type UpstreamOffset } from '../replication/offsets.ts';
import { mayHideResend, missingSyncsOf, translateForward, type ForwardAnswer } from './forward.ts';
import type { SyncMap } from './sync-map.ts';

/** A seed this project wrote, and the home position it was computed for. */
export interface EarlierSeed {
  readonly position: DownstreamOffset;
  readonly forHomePosition: UpstreamOffset;
}

export interface RemoteSeedInput {
  /** 'seed' keeps positions current and may decline; 'pin' (the move has begun) always answers. */
  readonly purpose: 'seed' | 'pin';
  readonly mode: GroupMode;
  readonly map: SyncMap;
  /** The group's commits at home, oldest first; the last two decide about a rewind. Empty = never seen. */
  readonly homeSamples: readonly UpstreamOffset[];
  /** MirrorMaker 2's own newest checkpoint. */
  readonly checkpoint?: { readonly upstream: UpstreamOffset; readonly downstream: DownstreamOffset } | undefined;
  /** The set's choice for syncs that are missing without a proof; 'log-start' unless told. */
  readonly incompleteHistory?: IncompleteHistory;
  /** Only of the same incarnation of home's topic and of the remote topic. */
  readonly earlierSeed?: EarlierSeed | undefined;
  readonly logStart: DownstreamOffset;
  /** High watermark of the remote partition, read after the syncs. */
  readonly end: DownstreamOffset;
}

export type SeedSource = 'forward' | 'checkpoint' | 'earlier-seed' | 'log-start';

export type SeedChoice =
  | {
      readonly kind: 'commit';
      /** S. */
      readonly position: DownstreamOffset;
      /** C: the home position this answers for; null = unknown. */
      readonly homePosition: UpstreamOffset | null;
      readonly from: SeedSource;
      /** Records processed at home that will be processed again, at most. */
      readonly rereadAtMost: bigint;
      /** The group was rewound at home on purpose and the seed follows. */
      readonly rewound: boolean;
      /** Absent: none are missing, or nothing was translated. */
      readonly missingSyncs?: MissingSyncs;
      readonly because: NonEmpty<string>;
    }
  | { readonly kind: 'leave'; readonly reason: 'READS_REMOTE' | 'HOME_FELL_ONCE'; readonly because: NonEmpty<string> }
  | { readonly kind: 'refuse'; readonly reason: 'NO_HOME_POSITION'; readonly because: NonEmpty<string> };

interface Candidate {
  readonly position: DownstreamOffset;
  readonly from: Exclude<SeedSource, 'log-start'>;
}

/**
 * Seed = the furthest of: forward translation by trusted syncs, checkpoint under the same trust, our own earlier seed
 * if its home position is not above the present one; never beyond the end. None of them -> log start, with duplicates.
 */
export function chooseRemoteSeed(input: RemoteSeedInput): SeedChoice {
  if (input.mode === 'reads-remote') {
    return { kind: 'leave', reason: 'READS_REMOTE', because: ['members at the refuge always read the remote topic'] };
  }
  const home = input.homeSamples.at(-1);
  if (home === undefined || home < 0n) return withoutHomePosition(input);
  const earlier = judgeEarlierSeed(input, home);
  if (earlier?.fall === 'seen-once') return { kind: 'leave', reason: 'HOME_FELL_ONCE', because: [earlier.because] };
  const forward = translateForward(input.map, home, input);
  const checkpoint = judgeCheckpoint(input, home);
  const because = [
    ...describeForward(forward, home),
    ...checkpoint.because,
    ...(earlier === undefined ? [] : [earlier.because]),
  ];
  const candidates: readonly Candidate[] = [
    ...(forward.kind === 'unknown' ? [] : [{ position: forward.position, from: 'forward' } as const]),
    ...(checkpoint.position === null ? [] : [{ position: checkpoint.position, from: 'checkpoint' } as const]),
    ...(earlier?.position === undefined ? [] : [{ position: earlier.position, from: 'earlier-seed' } as const]),
  ];
  return commit(input, home, candidates, earlier?.fall === 'rewound', forward, because);
}

function withoutHomePosition(input: RemoteSeedInput): SeedChoice {
  const why = 'no position of the group at home was ever seen';
  if (input.purpose === 'seed') return { kind: 'refuse', reason: 'NO_HOME_POSITION', because: [why] };
  return {
    kind: 'commit',
    position: input.logStart,
    homePosition: null,
    from: 'log-start',
    rereadAtMost: larger(0n, input.end - input.logStart),
    rewound: false,
    because: [`${why}: from the log start, everything in it may be a repetition`],
  };
}

interface EarlierVerdict {
  /** Where it holds. */
  readonly position?: DownstreamOffset;
  /** The home position lies below the one it was computed for. */
  readonly fall?: 'seen-once' | 'rewound';
  readonly because: string;
}

/** A fall of the home position must be seen twice before a running seed follows; a pin has no time for that. */
function judgeEarlierSeed(input: RemoteSeedInput, home: UpstreamOffset): EarlierVerdict | undefined {
  const { earlierSeed: earlier, purpose, end } = input;
  if (earlier === undefined) return undefined;
  const { position, forHomePosition } = earlier;
  if (position > end)
    return { because: `the earlier seed ${position} lies beyond the end ${end}: of another remote topic` };
  if (forHomePosition <= home)
    return { position, because: `earlier seed ${position} for home position ${forHomePosition}` };
  const fell = `home position fell from ${forHomePosition} to ${home}`;
  if (purpose === 'pin') return { fall: 'rewound', because: `${fell}: the earlier seed does not hold` };
  const before = input.homeSamples.at(-2) ?? forHomePosition;
  return before < forHomePosition
    ? { fall: 'rewound', because: `${fell} and stayed there over two samples: rewound on purpose, the seed follows` }
    : { fall: 'seen-once', because: `${fell}, seen once: the seed stays until it is seen again` };
}

/**
 * MirrorMaker 2 does not see a cut re-send: its answer holds only where our own map would trust it. Where our history
 * is complete its answer cannot be better than ours, and a larger one would be of a remote topic that is gone.
 */
function judgeCheckpoint(
  { checkpoint, map, end, incompleteHistory }: RemoteSeedInput,
  home: UpstreamOffset,
): { readonly position: DownstreamOffset | null; readonly because: readonly string[] } {
  if (checkpoint === undefined) return { position: null, because: [] };
  const { upstream, downstream } = checkpoint;
  const name = `checkpoint ${upstream} -> ${downstream}`;
  const at = map.points.findLastIndex((point) => point.downstream <= downstream);
  const unusable = (why: string) => ({ position: null, because: [`${name} is not used: ${why}`] });
  if (upstream > home) return unusable(`above the home position ${home}`);
  if (downstream > end) return unusable(`beyond the end ${end}`);
  if (map.droppedStale > 0) return unusable('it may be of a remote topic that is gone');
  if (mayHideResend(map) && incompleteHistory !== 'accept')
    return unusable('syncs are missing that may hide a re-send');
  if (at < 0 && !map.exactlyOnce) return unusable('no sync is old enough to prove it');
  if (at >= 0 && map.history === 'complete') return unusable('the syncs are all known and say as much');
  if (map.trusted[at] === false) return unusable('computed behind a re-send that is not proven complete');
  return { position: downstream, because: [name] };
}

function describeForward(forward: ForwardAnswer, home: UpstreamOffset): readonly string[] {
  const notes = forward.notes.length === 0 ? '' : ` (${forward.notes.join(', ')})`;
  return [
    forward.kind === 'unknown'
      ? `home position ${home} has no translation: ${forward.reason}${notes}`
      : `home position ${home} -> ${forward.position}, ${forward.kind}${notes}`,
  ];
}

function commit(
  input: RemoteSeedInput,
  home: UpstreamOffset,
  candidates: readonly Candidate[],
  rewound: boolean,
  forward: ForwardAnswer,
  because: readonly string[],
): SeedChoice {
  const { logStart, end } = input;
  const toEnd = (position: bigint): bigint => larger(0n, end - position);
  const missingSyncs = missingSyncsOf(forward);
  const base = { kind: 'commit', homePosition: home, rewound, ...(missingSyncs && { missingSyncs }) } as const;
  if (candidates.length === 0) {
    const reasons: NonEmpty<string> = ['from the log start: nothing says how far home had come', ...because];
    return { ...base, position: logStart, from: 'log-start', rereadAtMost: toEnd(logStart), because: reasons };
  }
  const best = candidates.reduce((a, b) => (b.position > a.position ? b : a));
  // Every candidate is capped at the end or was refused beyond it.
  const position = larger(logStart, best.position);
  // The end is known, so a bound is as well.
  const rereadAtMost =
    forward.kind === 'unknown' ? toEnd(position) : smaller(toEnd(position), forward.rereadAtMost as bigint);
  const reasons: NonEmpty<string> = [
    `${best.from} ${position}${position === best.position ? '' : ` (raised to the log start from ${best.position})`}`,
    ...because,
  ];
  return { ...base, position, from: best.from, rereadAtMost, because: reasons };
}

export interface LocalPinInput {
  readonly mode: GroupMode;
  /** The group's present commit in the refuge's own topic; null = none. */
  readonly committed: bigint | null;
  readonly logStart: bigint;
  /** End taken now, before any producer of the moving set writes here. */
  readonly end: bigint;
  /** The group's declared offset reset; 'latest' unless the configuration says otherwise. */
  readonly offsetReset: 'latest' | 'earliest';
  /**
   * Home was lost again on the way back: the group has been reading here since it was pinned at this position (null = it
   * was not). Absent: the stay begins now.
   */
  readonly stayedSince?: bigint | null;
}

export type LocalPin =
  | { readonly kind: 'commit'; readonly position: bigint; readonly because: string }
  | { readonly kind: 'leave'; readonly because: string };

/** Where the group starts in the refuge's own topic. It must be fixed before the first producer moves there. */
export function chooseLocalPin(input: LocalPinInput): LocalPin {
  const { mode, logStart, end, offsetReset } = input;
  const committed = noNegative(input.committed);
  if (mode === 'reads-remote') return { kind: 'leave', because: 'members at the refuge read this topic all the time' };
  if (mode === 'home-only' && input.stayedSince !== undefined)
    return committed === null && input.stayedSince !== null
      ? { kind: 'commit', position: input.stayedSince, because: 'its commit is gone: from where this stay began' }
      : { kind: 'leave', because: `the stay goes on: the group stands at ${committed ?? 'no commit'}` };
  if (mode === 'home-only') {
    const old = committed === null ? 'no commit' : `a commit left from an earlier stay (${committed})`;
    return { kind: 'commit', position: end, because: `home-only group with ${old}: from the end taken now` };
  }
  if (committed !== null) return { kind: 'leave', because: `the group stands at ${committed}: never rewritten` };
  if (logStart === end)
    return { kind: 'commit', position: logStart, because: 'no commit in an empty partition: log start' };
  return offsetReset === 'earliest'
    ? { kind: 'commit', position: logStart, because: 'no commit, the group declares earliest: log start' }
    : { kind: 'commit', position: end, because: 'no commit, the group declares latest: the end taken now' };
}
