/**
 * Who is left behind at home while a client set is away: producers that still write its topics there, consumers still in its
 * groups. MirrorMaker 2 writes other topics and joins none of the groups, and so does the canary, so neither is met here.
 */
import { own } from '../config/pair.ts';
import type { HomeWrites, SetObservation } from '../contracts/observations.ts';
import type { Phase } from '../contracts/primitives.ts';
import { instant, seconds } from '../health/words.ts';
import type { MoveFacts } from './facts.ts';
import { freshLook } from './refuge.ts';

/** In order: the first that holds is the verdict. */
export const OLD_SIDE_VERDICTS = {
  AT_HOME: { needs: 'the set is at home, or on its way there: it has no old side', liftedBy: '' },
  LEAVING: {
    needs: 'the set left home less than moves.adoptionSeconds ago: clients are still on their way',
    liftedBy: 'that time',
  },
  STRAGGLERS: {
    needs:
      "the set's groups have members at home, or its topics there grew by data records within moves.clientSilentSeconds",
    liftedBy: 'stopping the clients named, or having them follow the routing value',
  },
  UNKNOWN: {
    needs: "home's groups or log ends cannot be read, or have not been read for long enough",
    liftedBy: 'home, once it can be read again',
  },
  QUIET: { needs: 'home was read, and nobody is left there', liftedBy: '' },
} as const;
export type OldSideKind = keyof typeof OLD_SIDE_VERDICTS;

/** Of a verdict about clients or records left behind: whether the set is away at all, so that it has any. */
export const hasOldSide = ({ kind }: { readonly kind: string }): boolean =>
  kind !== 'AT_HOME' && kind !== 'NOTHING_LEFT';

export interface OldSide {
  readonly kind: OldSideKind;
  readonly sentence: string;
}

/** Whether the set's clients are all meant to be at the refuge. */
export const isAway = (phase: Phase): boolean => phase === 'draining' || phase === 'refuge';

export function judgeOldSide(facts: MoveFacts): OldSide {
  const { place, state, nowMs, rules } = facts;
  const { clientSet, home } = place;
  if (!isAway(state.phase) || state.leftHomeAtMs === undefined)
    return { kind: 'AT_HOME', sentence: `${clientSet} is in phase "${state.phase}" and has no old side` };
  const untilMs = state.leftHomeAtMs + (rules.adoptionMs ?? 0);
  if (nowMs < untilMs)
    return {
      kind: 'LEAVING',
      sentence: `${clientSet} left ${home} at ${instant(state.leftHomeAtMs)}; who is still there counts from ${instant(untilMs)}`,
    };
  const look = freshLook(facts);
  const findings = 'missing' in look ? [unknown(look.missing)] : [readersAtHome(facts, look), writersAtHome(facts)];
  const of = (kind: HomeFinding['kind']) => findings.filter((one) => one.kind === kind).map(({ sentence }) => sentence);
  if (of('somebody').length > 0) return { kind: 'STRAGGLERS', sentence: of('somebody').join('; ') };
  if (of('unknown').length > 0) return { kind: 'UNKNOWN', sentence: of('unknown').join('; ') };
  return { kind: 'QUIET', sentence: of('nobody').join('; ') };
}

export interface HomeFinding {
  readonly kind: 'nobody' | 'somebody' | 'unknown';
  readonly sentence: string;
}

const unknown = (sentence: string): HomeFinding => ({ kind: 'unknown', sentence });

function readersAtHome({ place: { groups, home } }: MoveFacts, { groupsAtHome }: SetObservation): HomeFinding {
  if (!groupsAtHome) return unknown(`groups at ${home} could not be read`);
  const told = groups.flatMap(({ id }): readonly HomeFinding[] => {
    const view = own(groupsAtHome, id);
    if (!view || view.activity === 'unknown') return [unknown(`group "${id}" at ${home} could not be read`)];
    if (view.activity === 'active-unreadable' && view.members.length === 0)
      return [{ kind: 'somebody', sentence: `group "${id}" is active at ${home}, its members cannot be read` }];
    const names = view.members.map(({ clientId, host }) =>
      host === undefined ? clientId : `${clientId} from ${host}`,
    );
    return names.length === 0
      ? []
      : [
          {
            kind: 'somebody',
            sentence: `group "${id}" has members at ${home}: ${[...new Set(names)].sort().join(', ')}`,
          },
        ];
  });
  const gravest = told.some(({ kind }) => kind === 'somebody') ? 'somebody' : told.length > 0 ? 'unknown' : 'nobody';
  const sentence = told.filter(({ kind }) => kind === gravest).map((one) => one.sentence);
  return { kind: gravest, sentence: sentence.join('; ') || `no member of the set's groups is at ${home}` };
}

/** Kafka names no producers: who has not followed is known from acknowledgements only. */
export function writersAtHome({ place: { home }, state, found, nowMs, rules, behind }: MoveFacts): HomeFinding {
  const writes = found?.homeWrites;
  if (writes === undefined || writes.leftHomeAtMs !== state.leftHomeAtMs)
    return unknown(`whether somebody still writes at ${home} has not been seen yet`);
  const ageMs = nowMs - writes.lookedAtMs;
  if (ageMs > rules.foundStaleMs)
    return unknown(
      `log ends of ${home} were read last at ${instant(writes.lookedAtMs)}, ${seconds(ageMs)} ago, allowed ${seconds(rules.foundStaleMs)}`,
    );
  const topics = Object.entries(writes.written);
  const lately = topics.filter(([, { lastMs }]) => nowMs - lastMs < (rules.clientSilentMs ?? 0));
  if (lately.length > 0)
    return {
      kind: 'somebody',
      sentence: `somebody still writes at ${home}: ${writtenTo(lately)} since ${instant(writes.sinceMs)}; ${namesOf(behind)}`,
    };
  const before = topics.length === 0 ? '' : `, but earlier since ${instant(writes.sinceMs)}: ${writtenTo(topics)}`;
  return { kind: 'nobody', sentence: `nobody writes to the set's topics at ${home}${before}` };
}

const writtenTo = (topics: readonly (readonly [string, HomeWrites['written'][string]])[]): string =>
  topics
    .map(([topic, { records, lastMs }]) => `"${topic}" at least ${records} record(s), the last by ${instant(lastMs)}`)
    .join(', ');

const namesOf = (behind: readonly string[] | undefined): string =>
  behind === undefined || behind.length === 0
    ? 'every producer that was heard of follows, so it is one that never acknowledges'
    : `producers that were heard of and do not follow: ${behind.join(', ')}`;
