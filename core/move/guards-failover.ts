/** Guards of a failover: is home really lost, can the refuge take over, are we not doing this too often. */
import { allowsOf } from '../health/cluster.ts';
import { isSettling } from '../health/memory.ts';
import { instant, seconds } from '../health/words.ts';
import { isUnattendedStart, runsAlone } from './facts.ts';
import { partialOutage } from './partial.ts';
import type { MoveFacts } from './facts.ts';
import type { Check, Effect, Guard } from './guard.ts';
import { ask, fails, holds, isFailover, refuse } from './guard.ts';
import { lossSentence, overLimit } from './loss.ts';
import { checkGroups, checkRemoteTopics, checkTopics, checkUnowned } from './refuge.ts';
import { waivesCooldown } from './supersede.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** An alarm is a request: until the time is over the probes may still confirm what it says. */
const waitForProbes = ({ request, nowMs, rules, stance }: MoveFacts): Effect =>
  request.trigger === 'alarm' && stance === 'before-claim' && nowMs - request.startedAtMs < rules.confirmWithinMs
    ? 'wait'
    : 'refuse';

/** A rule that meets evidence still being completed comes again; only what stands is put to a person. */
const askOnceItStands = (facts: MoveFacts): Effect => {
  const { nowMs, rules, stance, verdicts } = facts;
  const isYoung = nowMs - verdicts.home.sinceMs < rules.uncorroboratedMs;
  return stance === 'before-claim' && isYoung && allowsOf(verdicts.home.kind) === 'approval'
    ? waitForProbes(facts)
    : 'ask';
};

/** The guard on what may be left behind; `acceptDataLoss` of a person lifts it. */
export const LOSS_GUARD = 'G3';

export const FAILOVER_GUARDS: readonly Guard[] = [
  {
    id: 'G1',
    title: 'home is lost, wholly or in part',
    uses: 'verdict about home',
    liftedBy: 'the probes (see the verdict), or "force" of a person; a home that is well is left by a switchover',
    skippableByForce: true,
    appliesTo: isFailover,
    check: (facts) => {
      const { home } = facts.verdicts;
      if (home.kind === 'PARTIAL_OUTAGE') return partialOutage(facts);
      return allowsOf(home.kind) === 'nothing' ? fails(home.sentence) : holds(home.sentence);
    },
    otherwise: waitForProbes,
  },
  {
    id: 'G1-corroborated',
    title: 'home is confirmed well enough for a move without a person',
    uses: 'verdict about home',
    liftedBy: 'a second vantage outside its region and replication as a witness, or the approval of a person',
    skippableByForce: true,
    appliesTo: (facts) => isFailover(facts) && isUnattendedStart(facts),
    check: ({ verdicts: { home } }) =>
      allowsOf(home.kind) === 'automatic'
        ? holds(`${home.kind} allows a move without a person`)
        : fails(`${home.kind} does not allow a move without a person`),
    otherwise: askOnceItStands,
  },
  {
    id: 'G2-healthy',
    title: 'the refuge serves',
    uses: 'verdict about the refuge',
    liftedBy: 'the health of the refuge',
    skippableByForce: false,
    appliesTo: isFailover,
    check: ({ verdicts: { refuge } }) =>
      ['HEALTHY', 'DEGRADED'].includes(refuge.kind) ? holds(refuge.sentence) : fails(refuge.sentence),
    otherwise: refuse,
  },
  {
    id: 'G2-whole',
    title: 'no redundancy is missing at the refuge',
    uses: 'verdict about the refuge; only starts that no person made',
    liftedBy: 'all brokers of the refuge back and in sync, or the approval of a person',
    skippableByForce: false,
    appliesTo: (facts) => isFailover(facts) && isUnattendedStart(facts),
    check: ({ verdicts: { refuge } }) =>
      refuge.kind === 'DEGRADED'
        ? fails(`it would carry both loads, and ${refuge.sentence}`)
        : holds(`${refuge.kind} is not DEGRADED`),
    otherwise: ask,
  },
  row(
    'G2-topics',
    'the protected topics exist at the refuge with enough partitions',
    'creating or enlarging the topics',
    checkTopics,
  ),
  row('G2-remote', 'the remote topics exist', 'replication of the topics', checkRemoteTopics),
  row(
    'G2-groups',
    'no assignor breaks the members already at the refuge',
    'another assignor, or stopping the members named',
    checkGroups,
  ),
  row('G2-unowned', 'nobody else owns partitions of the remote topics', 'stopping the members named', checkUnowned),
  {
    id: LOSS_GUARD,
    title: 'what the move may leave behind at home is within the configured limit',
    uses: 'sampled log ends of home, what the flow has copied, the age of both; only where "rpo" is configured',
    liftedBy: 'a start by a person with acceptDataLoss, which counts for that epoch only, or "force" of a person',
    skippableByForce: true,
    appliesTo: (facts) => isFailover(facts) && facts.place.rpo !== null,
    check: checkLoss,
    otherwise: refuse,
  },
  {
    id: 'G5-cooldown',
    title: 'the last automatic failover is long enough ago',
    uses: 'end of the last automatic failover; only starts that run alone',
    liftedBy: 'time, operate "acknowledge-cooldown", or a start by a person',
    skippableByForce: true,
    appliesTo: (facts) => isFailover(facts) && runsAlone(facts),
    check: unlessHalfWay(checkCooldown),
    otherwise: refuse,
  },
  {
    id: 'G5-day',
    title: 'fewer automatic failovers within a day than allowed',
    uses: 'starts of automatic failovers; only starts that run alone',
    liftedBy: 'time, operate "acknowledge-cooldown", or the approval of a person',
    skippableByForce: true,
    appliesTo: (facts) => isFailover(facts) && runsAlone(facts),
    check: unlessHalfWay(checkDay),
    otherwise: ask,
  },
  {
    id: 'G6',
    title: 'the refuge was not left just now',
    uses: 'when the set returned home; only starts that run alone',
    liftedBy: 'time, or the approval of a person',
    skippableByForce: true,
    appliesTo: (facts) => isFailover(facts) && runsAlone(facts),
    check: unlessHalfWay(({ state: { returnedHomeAtMs }, nowMs, rules, place }) =>
      returnedHomeAtMs === undefined || nowMs - returnedHomeAtMs >= rules.dwellMs
        ? holds(`${place.refuge} was not left within ${seconds(rules.dwellMs)}`)
        : fails(
            `${place.refuge} was left at ${instant(returnedHomeAtMs)}; going back there alone is allowed from ${instant(returnedHomeAtMs + rules.dwellMs)}`,
          ),
    ),
    otherwise: ask,
  },
  {
    id: 'REHEARSED',
    title: 'the move was rehearsed lately',
    uses: 'newest dry run or failover of the set that went through; only starts that run alone, only where moves.rehearsalDays is configured',
    liftedBy: 'a dry run, or the approval of a person',
    skippableByForce: false,
    appliesTo: (facts) => isFailover(facts) && facts.rules.rehearsalMs !== null && runsAlone(facts),
    check: checkRehearsed,
    otherwise: ask,
  },
  {
    id: 'G8',
    title: 'the observer can be trusted',
    uses: 'verdict about home, interruptions of our own running; only starts that no person made',
    liftedBy: 'probes that can tell, a whole window without interruption, or a start by a person',
    skippableByForce: false,
    appliesTo: (facts) => isFailover(facts) && isUnattendedStart(facts),
    check: ({ verdicts: { home }, nowMs }) => {
      if (['BOTH_DOWN', 'UNKNOWN', 'PROBER_FAULT'].includes(home.kind))
        return fails(`${home.kind} about home: nothing is done on such a picture`);
      return isSettling(home, nowMs)
        ? fails('the observer was interrupted not long ago: nothing is done before a whole window was seen')
        : holds(`${home.kind} is a picture to decide on`);
    },
    otherwise: waitForProbes,
  },
  {
    id: 'G14',
    title: 'enough of the set is hit by a partial outage',
    uses: "share of the set's partitions and groups that do not serve; its critical topics; probe.partialLimitShare; only starts that no person made",
    liftedBy: 'a larger share, a critical topic (criticalTopics), a lower partialLimitShare, or "force" of a person',
    skippableByForce: false,
    appliesTo: (facts) =>
      isFailover(facts) && isUnattendedStart(facts) && facts.verdicts.home.kind === 'PARTIAL_OUTAGE',
    check: partialOutage,
    otherwise: waitForProbes,
  },
];

function row(id: string, title: string, liftedBy: string, check: (facts: MoveFacts) => Check): Guard {
  const uses = 'the newest look at the set (SetObservation)';
  return { id, title, uses, liftedBy, skippableByForce: false, appliesTo: isFailover, check, otherwise: refuse };
}

function unlessHalfWay(check: (facts: MoveFacts) => Check): (facts: MoveFacts) => Check {
  return (facts) =>
    waivesCooldown(facts)
      ? holds(`waived once: ${facts.place.home} is lost and ${facts.place.clientSet} is half way between both clusters`)
      : check(facts);
}

/** A rule cannot accept a loss: only a start by a person carries the responsibility. */
function checkLoss({ loss, place, request }: MoveFacts): Check {
  const [problem] = overLimit(loss, place.rpo ?? {});
  // What nobody has told is a problem.
  if (problem === undefined) return holds(lossSentence(loss!));
  return request.acceptDataLoss && request.trigger === 'manual'
    ? holds(`${problem}; accepted by ${request.requestedBy} for this epoch`)
    : fails(problem);
}

function checkRehearsed({ rehearsedAtMs, rules, nowMs, place }: MoveFacts): Check {
  const limitMs = rules.rehearsalMs ?? 0;
  const days = limitMs / DAY_MS;
  if (rehearsedAtMs === null)
    return fails(`no dry run of ${place.clientSet} has gone through yet, asked for every ${days} days`);
  const told = `the last rehearsal of ${place.clientSet} that went through was at ${instant(rehearsedAtMs)}`;
  return nowMs - rehearsedAtMs <= limitMs ? holds(told) : fails(`${told}, asked for every ${days} days`);
}

function checkCooldown({ state: { lastAutomatic }, nowMs, rules }: MoveFacts): Check {
  if (!lastAutomatic) return holds('there was no automatic failover before');
  const { epoch, finishedAtMs, acknowledgedBy } = lastAutomatic;
  if (acknowledgedBy !== undefined) return holds(`epoch ${epoch} was acknowledged by ${acknowledgedBy}`);
  const overAtMs = finishedAtMs + rules.cooldownMs;
  return nowMs >= overAtMs
    ? holds(`epoch ${epoch} ended at ${instant(finishedAtMs)}, cooldown is over`)
    : fails(
        `automatic epoch ${epoch} ended at ${instant(finishedAtMs)}; cooldown until ${instant(overAtMs)} or until a person acknowledges`,
      );
}

function checkDay({ state, nowMs, rules }: MoveFacts): Check {
  const acknowledgedBy = state.lastAutomatic?.acknowledgedBy;
  if (acknowledgedBy !== undefined) return holds(`acknowledged by ${acknowledgedBy}`);
  const own = state.open?.claimedAtMs;
  const earlier = state.automaticStartsMs.filter((atMs) => nowMs - atMs < DAY_MS && atMs !== own).length;
  const sentence = `${earlier} automatic failovers within a day, allowed ${rules.automaticPerDay}`;
  return earlier < rules.automaticPerDay ? holds(sentence) : fails(`${sentence}: a person decides about the next one`);
}
