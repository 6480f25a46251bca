/** Every check of the preparation, in the order people read them. A new check is one more row. */
import type { Finding, PreparationId } from '../contracts/readiness.ts';
import { seconds } from '../health/words.ts';
import { checkAcls } from './acls.ts';
import { checkAssignors, checkClientIds, checkGroupKind, checkStaticMembers, checkTransactionalIds } from './groups.ts';
import { checkExactlyOnce, checkMirrorSettings, checkMirrorVersion, checkOffsetSyncs } from './mirror.ts';
import { checkHistory } from './history.ts';
import { checkUnreadable } from './unreadable.ts';
import { checkGroupSync } from './group-sync.ts';
import { checkOffsetsRetention } from './offsets-retention.ts';
import type { Check, LookCheck, Preparation } from './preparation.ts';
import { checkSilentProducers } from './producers.ts';
import { unknown } from './preparation.ts';
import { checkSchemas } from './schemas.ts';
import { checkReplication } from './replication.ts';
import { checkReplicated, checkTopicSettings } from './topics.ts';

export interface CheckRow {
  readonly ids: readonly [PreparationId, ...PreparationId[]];
  readonly title: string;
  readonly check: Check;
}

const ofLook =
  (check: LookCheck): Check =>
  (facts) =>
    facts.look === null ? [] : check({ ...facts, look: facts.look });

export const PREPARATION_CHECKS: readonly CheckRow[] = [
  { ids: ['look'], title: 'both sides were compared not long ago', check: checkLook },
  { ids: ['topic-settings'], title: 'topics behave alike on both sides', check: ofLook(checkTopicSettings) },
  { ids: ['replicated'], title: 'every partition with records was copied at least once', check: checkReplicated },
  { ids: ['replication'], title: 'the flow home -> refuge is healthy', check: checkReplication },
  {
    ids: ['mirror-settings'],
    title: 'both flows of MirrorMaker 2 run with the settings that this pair is configured for',
    check: ofLook(checkMirrorSettings),
  },
  { ids: ['mirror-version'], title: 'MirrorMaker 2 is new enough', check: checkMirrorVersion },
  {
    ids: ['offset-syncs'],
    title: 'offset syncs exist and are kept for the longest outage',
    check: ofLook(checkOffsetSyncs),
  },
  { ids: ['incomplete-history'], title: 'no position rests on syncs that are missing', check: checkHistory },
  {
    ids: ['unreadable-records'],
    title: "every record in MirrorMaker 2's own topics can be read",
    check: ofLook(checkUnreadable),
  },
  {
    ids: ['exactly-once'],
    title: 'both flows write as declared: exactly once, or not',
    check: ofLook(checkExactlyOnce),
  },
  { ids: ['group-sync'], title: 'nobody else writes positions of the groups', check: ofLook(checkGroupSync) },
  {
    ids: ['offsets-retention'],
    title: 'brokers keep committed positions longer than it takes to renew them, and for the longest outage',
    check: ofLook(checkOffsetsRetention),
  },
  {
    ids: ['group-kind'],
    title: 'groups can be described, and use the same protocol on both sides',
    check: checkGroupKind,
  },
  { ids: ['group-assignors'], title: 'members of both sides share an assignor', check: checkAssignors },
  { ids: ['static-members'], title: 'static member ids do not meet', check: checkStaticMembers },
  { ids: ['client-ids'], title: 'client ids do not meet', check: checkClientIds },
  {
    ids: ['silent-producers'],
    title: 'a move can tell whether producers have followed: one was heard of, or a time is declared',
    check: checkSilentProducers,
  },
  { ids: ['transactional-ids'], title: 'transactional ids do not meet', check: ofLook(checkTransactionalIds) },
  { ids: ['acls'], title: 'whoever may use a topic at home may use it at the refuge', check: ofLook(checkAcls) },
  {
    ids: ['schema-registry', 'schema-subjects', 'schema-versions', 'schema-ids', 'schema-compatibility'],
    title: 'schemas of the topics are known on both sides, under the same ids, checked alike',
    check: ofLook(checkSchemas),
  },
];

/** @param facts their `look` may be old: then it counts as none, and that is the finding */
export function judgePreparation(facts: Preparation): readonly Finding[] {
  const fresh = isFresh(facts) ? facts : { ...facts, look: null };
  return PREPARATION_CHECKS.flatMap(({ ids, check }) => check(ids[0] === 'look' ? facts : fresh)).map((finding) =>
    explained(finding, facts.rules.explained),
  );
}

const isFresh = ({ look, nowMs, rules }: Preparation): boolean => look !== null && nowMs - look.atMs <= rules.staleMs;

function checkLook(facts: Preparation): readonly Finding[] {
  const { look, nowMs, place, refuge, rules } = facts;
  if (isFresh(facts)) return [];
  const sentence =
    look === null
      ? `nobody has compared settings, rights and schemas of both sides for ${place.clientSet} yet`
      : `settings, rights and schemas of both sides were last compared ${seconds(nowMs - look.atMs)} ago, allowed ${seconds(rules.staleMs)}`;
  return [
    unknown('look', {
      cluster: refuge.alias,
      subject: place.clientSet,
      sentence,
      fix: 'see that probe-replication runs in this region and reaches both clusters (its log says what it could not read)',
    }),
  ];
}

/** A difference that is meant stays visible, with its reason. What was not read is not explained away. */
function explained(finding: Finding, explanations: Preparation['rules']['explained']): Finding {
  if (finding.severity !== 'warns') return finding;
  const because = explanations.find(
    ({ finding: id, subject }) => id === finding.id && (subject === '*' || subject === finding.subject),
  )?.because;
  if (because === undefined) return finding;
  return { ...finding, severity: 'informs', sentence: `${finding.sentence} (explained: ${because})` };
}
