/** Guards of a failback: home is really back, it is the same home, and nobody is there already. */
import type { StoredVerdict } from '../contracts/tables.ts';
import { instant, seconds } from '../health/words.ts';
import type { MoveFacts } from './facts.ts';
import { isUnattendedStart, runsAlone } from './facts.ts';
import type { Check, Guard } from './guard.ts';
import { ask, fails, holds, isFailback, refuse } from './guard.ts';
import { writersAtHome } from './old-side.ts';
import { checkNobodyHome, freshLook } from './refuge.ts';

const kindIn = (verdict: StoredVerdict, allowed: readonly string[]): Check =>
  allowed.includes(verdict.kind) ? holds(verdict.sentence) : fails(verdict.sentence);

/** What is read at the refuge, or seen from there, is not asked where the refuge is lost. */
const isFromRefuge = (facts: MoveFacts): boolean => isFailback(facts) && !facts.request.refugeLost;

export const FAILBACK_GUARDS: readonly Guard[] = [
  {
    id: 'FB-healthy',
    title: 'home is healthy',
    uses: 'verdict about home',
    liftedBy: 'the health of home',
    skippableByForce: false,
    appliesTo: isFailback,
    check: ({ verdicts }) => kindIn(verdicts.home, ['HEALTHY']),
    otherwise: refuse,
  },
  {
    id: 'FB-refuge',
    title: 'the refuge serves, so that positions can be read there',
    uses: 'verdict about the refuge',
    liftedBy: 'the health of the refuge',
    skippableByForce: false,
    appliesTo: isFromRefuge,
    check: ({ verdicts }) =>
      kindIn(verdicts.refuge, ['HEALTHY', 'DEGRADED', 'RECOVERING', 'GRAY_FAILURE', 'PARTIAL_OUTAGE']),
    otherwise: refuse,
  },
  {
    id: 'G6-dwell',
    title: 'home has been healthy for the dwell time',
    uses: 'since when home is HEALTHY',
    liftedBy: 'time, or "force" of a person',
    skippableByForce: true,
    appliesTo: isFailback,
    check: checkDwell,
    otherwise: refuse,
  },
  {
    id: 'G6-left',
    title: 'home was not left just now',
    uses: 'when the set left home; only starts that run alone',
    liftedBy: 'time, or the approval of a person',
    skippableByForce: true,
    appliesTo: (facts) => isFailback(facts) && runsAlone(facts),
    check: ({ state: { leftHomeAtMs }, nowMs, rules, place }) =>
      leftHomeAtMs === undefined || nowMs - leftHomeAtMs >= rules.dwellMs
        ? holds(`${place.home} was not left within ${seconds(rules.dwellMs)}`)
        : fails(
            `${place.home} was left at ${instant(leftHomeAtMs)}; going back there alone is allowed from ${instant(leftHomeAtMs + rules.dwellMs)}`,
          ),
    otherwise: ask,
  },
  {
    id: 'FB-again',
    title: 'no way home was cut short since the set left',
    uses: 'failbacks of this stay that ended because home was lost again; only starts that run alone',
    liftedBy: 'the approval of a person',
    skippableByForce: false,
    appliesTo: (facts) => isFailback(facts) && runsAlone(facts),
    check: ({ state: { superseded }, place }) =>
      superseded === undefined
        ? holds(`${place.home} was not lost on an earlier way back`)
        : fails(
            `${place.home} was lost at ${instant(superseded.atMs)} while epoch ${superseded.epoch} led there: a person decides about the next way back`,
          ),
    otherwise: ask,
  },
  {
    id: 'FB-same-cluster',
    title: 'home is the cluster that was left, or a person says that it was rebuilt',
    uses: 'cluster id now, cluster id at the failover or as configured; rebuiltHome of a person',
    liftedBy:
      'bringing back the same cluster; another one behind the address has another log: "rebuiltHome" of a person who accepts that its old log is lost',
    skippableByForce: false,
    appliesTo: isFromRefuge,
    check: checkSameCluster,
    otherwise: refuse,
  },
  {
    id: 'G3-outbound',
    title: 'replication from home to the refuge runs and has caught up, so the tail can be told',
    uses: 'verdict about the flow home -> refuge',
    liftedBy: 'MirrorMaker 2, or "force" of a person',
    skippableByForce: true,
    appliesTo: isFromRefuge,
    check: ({ verdicts }) => kindIn(verdicts.outbound, ['HEALTHY']),
    otherwise: refuse,
  },
  {
    id: 'G3-inbound',
    title: 'replication from the refuge to home runs within its lag limit',
    uses: 'verdict about the flow refuge -> home',
    liftedBy: 'MirrorMaker 2, or "force" of a person',
    skippableByForce: true,
    appliesTo: isFromRefuge,
    check: ({ verdicts }) => kindIn(verdicts.inbound, ['HEALTHY']),
    otherwise: refuse,
  },
  {
    id: 'FB-nobody-home',
    title: "no member of the set's groups is at home",
    uses: 'the newest look at the set (SetObservation)',
    liftedBy: 'stopping the members named',
    skippableByForce: false,
    appliesTo: isFromRefuge,
    check: checkNobodyHome,
    otherwise: refuse,
  },
  {
    id: 'FB-quiet-home',
    title: "nobody writes to the set's topics at home",
    uses: "data records written there since everybody was to have left, acknowledgements of producers; a person's start is told, and passes",
    liftedBy: 'stopping the producers named, home that can be read, or the approval of a person',
    skippableByForce: false,
    appliesTo: (facts) => isFromRefuge(facts) && facts.rules.clientSilentMs !== undefined,
    check: checkQuietHome,
    otherwise: ask,
  },
];

/** What stragglers write is processed at home like the tail, so no data is at stake: what must not happen is that nobody knows. */
function checkQuietHome(facts: MoveFacts): Check {
  const { kind, sentence } = writersAtHome(facts);
  return kind === 'nobody' || !isUnattendedStart(facts) ? holds(sentence) : fails(sentence);
}

function checkDwell({ verdicts: { home }, nowMs, rules, place }: MoveFacts): Check {
  if (home.kind !== 'HEALTHY') return fails(`${place.home} is ${home.kind}, so its dwell time has not begun`);
  const endsAtMs = home.sinceMs + rules.dwellMs;
  return nowMs >= endsAtMs
    ? holds(`${place.home} has been healthy since ${instant(home.sinceMs)}`)
    : fails(
        `${place.home} has been healthy since ${instant(home.sinceMs)}; the dwell time of ${seconds(rules.dwellMs)} ends at ${instant(endsAtMs)}`,
      );
}

function checkSameCluster(facts: MoveFacts): Check {
  const { homeClusterId: left, place, request } = facts;
  const look = freshLook(facts);
  if ('missing' in look) return fails(look.missing);
  if (look.homeClusterId === undefined) return fails(`the cluster id of ${place.home} could not be read`);
  if (left === look.homeClusterId) return holds(sameCluster(facts, left));
  if (request.rebuiltHome) return checkRebuilt(facts, look.homeClusterId);
  if (left === null)
    return fails(
      `the cluster id that ${place.home} had at the failover is not known; configure expectedClusterId ("${look.homeClusterId}" answers now)`,
    );
  return fails(
    `${place.home} was cluster ${left} and is ${look.homeClusterId} now: another log, positions mean nothing there`,
  );
}

/** The id says nothing of a log that was cut short; and it is the new one where that is configured, or another set of this home went first. */
const sameCluster = (facts: MoveFacts, id: string): string =>
  facts.request.rebuiltHome
    ? `${facts.place.home} is cluster ${id}; where ${facts.request.requestedBy} says rightly that its log is another one, ${lostWith(facts)}, and positions there begin at the log start`
    : `${facts.place.home} is still cluster ${id}`;

/** A configured id is a promise to act on no other cluster: it is kept until the configuration says otherwise. */
function checkRebuilt(facts: MoveFacts, answers: string): Check {
  const { homeClusterId: left, homeClusterIdIsConfigured, place, request } = facts;
  if (isUnattendedStart(facts)) return fails(`only a person may say that ${place.home} was rebuilt`);
  if (homeClusterIdIsConfigured)
    return fails(
      `${place.home} answers as cluster ${answers}, and expectedClusterId is "${left}"; configure the new one and deploy`,
    );
  return holds(
    `${place.home} was cluster ${left ?? 'unknown'} and is ${answers} now, rebuilt, says ${request.requestedBy}: ${lostWith(facts)}; ` +
      `positions there begin at the log start; MirrorMaker 2's source offsets of ${place.home}->${place.refuge} must be reset`,
  );
}

function lostWith({ lostWithHome }: MoveFacts): string {
  if (lostWithHome == null) return 'how much was lost with its log is not known';
  const { records, unknownPartitions } = lostWithHome;
  const unknown = unknownPartitions === 0 ? '' : `, unknown for ${unknownPartitions} partition(s)`;
  return `at least ${records} record(s) that nobody had copied are lost with its log${unknown}`;
}
