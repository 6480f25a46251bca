/** Guards of a failback that goes without the refuge: from the home region, by a person, on what that region has copied. */
import { instant, seconds } from '../health/words.ts';
import type { MoveFacts, WithoutRefuge } from './facts.ts';
import type { Check, Guard } from './guard.ts';
import { ask, fails, holds, isFailback, refuse, unless } from './guard.ts';
import { repeatsSentence } from './repeats.ts';
import { isConfirmedDown } from './supersede.ts';

const isWithoutRefuge = (facts: MoveFacts): boolean => isFailback(facts) && facts.request.refugeLost;

export const REFUGE_LOST_GUARDS: readonly Guard[] = [
  {
    id: 'RL-person',
    title: 'a person asks for it',
    uses: 'trigger of the input; only with refugeLost',
    liftedBy: 'a start by a person',
    skippableByForce: false,
    appliesTo: isWithoutRefuge,
    check: ({ request: { trigger, requestedBy } }) =>
      trigger === 'manual'
        ? holds(`${requestedBy} asks for it`)
        : fails(
            'only a person may say that the refuge is lost: two regions that are cut from each other would both lead the set',
          ),
    otherwise: refuse,
  },
  {
    id: 'RL-lost',
    title: 'the refuge is confirmed down, as the home region sees it',
    uses: 'verdict about the refuge, of the home region; only with refugeLost',
    liftedBy: 'the confirmation of the probes; a refuge that serves is left by a failback without refugeLost',
    skippableByForce: false,
    appliesTo: isWithoutRefuge,
    check: ({ verdicts: { refuge } }) => (isConfirmedDown(refuge.kind) ? holds : fails)(refuge.sentence),
    otherwise: refuse,
  },
  {
    id: 'RL-copy',
    title: 'the home region has a copy of the positions, and says how old it is',
    uses: 'positions in the table of the home region, when they were last copied; only with refugeLost',
    liftedBy: 'nothing while the refuge is lost: without positions a person goes home by hand',
    skippableByForce: false,
    appliesTo: isWithoutRefuge,
    check: checkCopy,
    otherwise: refuse,
  },
  {
    id: 'RL-told',
    title: 'clients can be told where to read what was written at the refuge',
    uses: 'clientRegions and remoteNames of the set; only with refugeLost',
    liftedBy: 'a configuration in which clients read the home region, without remoteNames',
    skippableByForce: false,
    appliesTo: isWithoutRefuge,
    check: ({ withoutRefuge, place }) =>
      unless(
        [
          ...(withoutRefuge?.readsHomeRegion === false
            ? [`clients of ${place.clientSet} do not read the region of ${place.home}, which would tell them`]
            : []),
          ...(withoutRefuge?.hasRemoteNames === true
            ? [
                `${place.clientSet} has remoteNames: how its topics at ${place.refuge} are called at ${place.home} is not known`,
              ]
            : []),
        ],
        `clients of ${place.clientSet} read the region of ${place.home}`,
      ),
    otherwise: refuse,
  },
  {
    id: 'RL-approval',
    title: 'a person has approved it, whatever the mode',
    uses: 'approval of the claim, where the groups would go on at home and what was not copied; only with refugeLost',
    liftedBy: 'the approval of a person',
    skippableByForce: false,
    appliesTo: isWithoutRefuge,
    check: ({ request: { approvedBy }, withoutRefuge }) =>
      approvedBy === undefined
        ? fails(`going home without the refuge asks for an approval in every mode${costOf(withoutRefuge)}`)
        : holds(`approved by ${approvedBy}${costOf(withoutRefuge)}`),
    otherwise: ask,
  },
];

/** What a person has to weigh is said where the person is asked. */
const costOf = (known: WithoutRefuge | undefined): string =>
  [
    ...(known?.repeats === undefined ? [] : [repeatsSentence(known.repeats)]),
    ...(known?.ordering === 'per-key' ? [ORDER] : []),
  ]
    .map((sentence) => `; ${sentence}`)
    .join('');

const ORDER =
  'ordering is "per-key": producers wait at home until what the refuge had copied is read there, and what it never copied arrives behind what is written then';

function checkCopy({ withoutRefuge, nowMs, place }: MoveFacts): Check {
  if (withoutRefuge === undefined || withoutRefuge.positions === 0)
    return fails(`no positions of ${place.clientSet} are stored in the region of ${place.home}`);
  const { isOriginal, copiedAtMs, sampledAtMs, positions } = withoutRefuge;
  const copy = isOriginal
    ? 'state and positions are the original ones, of one region'
    : copiedAtMs === null
      ? 'when state and positions were copied is not known'
      : `state and positions were copied at ${instant(copiedAtMs)}, ${seconds(nowMs - copiedAtMs)} ago`;
  const sample =
    sampledAtMs === null
      ? `positions at ${place.refuge} were never sampled in this stay: what was written there is read from where the groups were pinned, or from its start`
      : `positions at ${place.refuge} were sampled at ${instant(sampledAtMs)}, ${seconds(nowMs - sampledAtMs)} ago: what was processed since is processed again`;
  return holds(`${copy} (${positions} records); ${sample}`);
}
