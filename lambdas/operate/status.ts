/** How client sets stand: everything a person needs before deciding, gathered from the tables and the regions. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { CommandNamed, HistoryEntry, OperateAnswer, SetStatus } from '../../core/contracts/operate.ts';
import { ReadinessDocument } from '../../core/contracts/readiness.ts';
import { aboutOf } from '../../core/contracts/tables.ts';
import type { Decision, SetState, StageRecord, StoredVerdict } from '../../core/contracts/tables.ts';
import type { OpenQuestion } from '../../core/contracts/workflow.ts';
import { clusterSubject, flowSubject, oldSideSubject, setSubject, tailSubject } from '../../core/health/subjects.ts';
import type { TailReport } from '../../core/contracts/tail.ts';
import { tailReport } from '../../core/move/tail-report.ts';
import { newestPositions } from '../gather/stay.ts';
import type { ControlTable } from '../ports.ts';
import { hasOldSide } from '../../core/move/old-side.ts';
import { commandLines } from '../../core/move/answers.ts';
import { standingPauses, unknownPauseSentence } from '../../core/move/pause.ts';
import { refreshChanges } from '../../core/routing/refresh.ts';
import type { RegionReading } from '../../core/routing/regions.ts';
import { widePauses } from '../shared/wide-pauses.ts';
import { readRegions } from '../shared/routing-regions.ts';
import type { Desk } from './desk.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

export async function status(desk: Desk): Promise<OperateAnswer> {
  const sets = await Promise.all(desk.sets.map((placed) => statusOf(desk, placed)));
  const sentence = sets.map(oneLine).join('; ') || `${desk.here.region} controls no client set`;
  return { kind: 'done', sentence, sets };
}

async function statusOf({ ports, config, here }: Desk, placed: PlacedSet): Promise<SetStatus> {
  const { control, clock } = ports;
  const state = await control.readSet(placed.name);
  const [question, adoptions, stages, stored, regions, wide, rehearsal] = await Promise.all([
    control.question(placed.name),
    control.adoptions(placed.name),
    state?.open === undefined ? [] : control.stages(placed.name, state.open.epoch),
    verdictsOf(control, placed),
    readRegions(ports, placed),
    widePauses(ports),
    control.rehearsal(placed.name),
  ]);
  const tail = state === null ? null : await tailOf(control, placed, state.epoch);
  const own = state ?? { clientSet: placed.name };
  const pauses = standingPauses(own, placed, { pauses: wide.pauses, nowMs: clock.nowMs() });
  const pauseUnknown = unknownPauseSentence(wide.abovePairs);
  const changes = refreshChanges(config, placed, state);
  return {
    clientSet: placed.name,
    home: placed.home,
    refuge: placed.refuge,
    phase: state?.routing === undefined ? null : state.phase,
    epoch: state?.epoch ?? 0,
    revision: state?.revision ?? 0,
    mode: state?.mode ?? placed.set.mode,
    modeSetBy: state?.modeSetBy ?? 'configuration',
    pauses: pauses.map(({ what, owner, reason, untilMs }) => ({ what, owner, reason, until: iso(untilMs) })),
    ...(pauseUnknown === undefined ? {} : { pauseUnknown }),
    ...(changes.length === 0 ? {} : { refresh: [...changes] }),
    ...(rehearsal === null ? {} : { rehearsed: `${iso(rehearsal.atMs)} by ${rehearsal.by} (${rehearsal.kind})` }),
    ...(state === null ? {} : { ...cooldownPart(state), ...openPart(state, stages) }),
    ...(state?.open === undefined || question === null || question.epoch !== state.open.epoch
      ? {}
      : {
          question: questionPart(
            question,
            commandLines(question, {
              pair: config.pair,
              clientSet: placed.name,
              region: here.region,
              claim: state.open,
            }),
          ),
        }),
    verdicts: stored.map(verdictPart),
    ...(tail === null ? {} : { tail }),
    ...readinessPart(stored.find(({ subject }) => subject === setSubject(placed.name))),
    clients: adoptions.map(({ role, clientId, revision, active, atMs, note }) => ({
      role,
      clientId,
      revision,
      active,
      heard: iso(atMs),
      ...(note === undefined ? {} : { note }),
    })),
    regions: regions.map((reading) => ({ region: reading.region, holds: holdsText(reading) })),
  };
}

/** Of the newest epoch that pinned any positions, the present one included. */
async function tailOf(
  control: ControlTable,
  { name: clientSet, home, refuge }: PlacedSet,
  epoch: number,
): Promise<TailReport | null> {
  return tailReport(await newestPositions(control, { clientSet, epoch: epoch + 1 }), { home, refuge });
}

async function verdictsOf(
  control: { verdict(subject: string): Promise<StoredVerdict | null> },
  { name, home, refuge }: PlacedSet,
): Promise<readonly StoredVerdict[]> {
  const subjects = [
    clusterSubject(home),
    clusterSubject(refuge),
    flowSubject(home, refuge),
    flowSubject(refuge, home),
    setSubject(name),
    oldSideSubject(name),
    tailSubject(name),
  ];
  const stored = await Promise.all(subjects.map((subject) => control.verdict(subject)));
  // A set at home has no old side to be told of.
  return stored.flatMap((verdict) => (verdict === null || !hasOldSide(verdict) ? [] : [verdict]));
}

const verdictPart = ({
  subject,
  kind,
  sinceMs,
  judgedAtMs,
  sentence,
}: StoredVerdict): SetStatus['verdicts'][number] => ({
  subject,
  kind,
  since: iso(sinceMs),
  judgedAt: iso(judgedAtMs),
  sentence,
});

/** Nothing where the verdict is of a version that judged less. */
function readinessPart(verdict: StoredVerdict | undefined): Pick<SetStatus, 'readiness'> {
  const kept = (verdict?.data ?? {}) as { readonly readiness?: unknown };
  const { data } = ReadinessDocument.safeParse(kept.readiness);
  return data === undefined ? {} : { readiness: data };
}

const cooldownPart = ({ lastAutomatic: last }: SetState): Pick<SetStatus, 'cooldown'> =>
  last === undefined
    ? {}
    : {
        cooldown: {
          epoch: last.epoch,
          finishedAt: iso(last.finishedAtMs),
          ...(last.acknowledgedBy === undefined ? {} : { acknowledgedBy: last.acknowledgedBy }),
        },
      };

function openPart({ open }: SetState, stages: readonly StageRecord[]): Pick<SetStatus, 'open'> {
  if (open === undefined) return {};
  const { epoch, move, trigger, requestedBy, reason, approval, published, execution } = open;
  const newest = [...stages].sort((a, b) => b.lastAtMs - a.lastAtMs)[0];
  const stage =
    newest === undefined
      ? {}
      : {
          stage: `${newest.stage}: ${newest.kind ?? 'begun'}${newest.sentence === undefined ? '' : `, ${newest.sentence}`}`,
        };
  return {
    open: {
      epoch,
      move,
      trigger,
      requestedBy,
      reason,
      approval,
      published,
      execution,
      claimedAt: iso(open.claimedAtMs),
      ...stage,
    },
  };
}

const questionPart = (question: OpenQuestion, commands: readonly string[]): NonNullable<SetStatus['question']> => ({
  question: question.question,
  epoch: question.epoch,
  stage: question.stage,
  askedAt: iso(question.askedAtMs),
  ...(question.expiresAtMs === undefined ? {} : { expiresAt: iso(question.expiresAtMs) }),
  sentence: question.sentence,
  reasons: question.reasons,
  commands: [...commands],
});

function holdsText(reading: RegionReading): string {
  switch (reading.kind) {
    case 'value':
      return `revision ${reading.routing.revision} (${reading.routing.phase})`;
    case 'corrupt':
      return `no valid value: ${reading.problems.join(', ')}`;
    case 'absent':
      return 'nothing';
    case 'unreachable':
      return `unknown, unreachable: ${reading.because}`;
  }
}

function oneLine(set: SetStatus): string {
  if (set.phase === null) return `"${set.clientSet}" has no routing yet`;
  const move = set.open === undefined ? 'nothing is open' : `the ${set.open.move} of epoch ${set.open.epoch} is open`;
  const waits =
    set.question === undefined ? '' : ` and waits for a person (${set.question.question}: ${set.question.sentence})`;
  const paused = set.pauses.map(({ what, owner, until }) => `, ${what} paused by ${owner} until ${until}`).join('');
  const unknown = set.pauseUnknown === undefined ? '' : `, ${set.pauseUnknown}`;
  const stale = set.refresh === undefined ? '' : `; refresh would change ${set.refresh.join('; ')}`;
  return `"${set.clientSet}" is in phase ${set.phase} under revision ${set.revision}, mode ${set.mode}${paused}${unknown}; ${move}${waits}${stale}`;
}

/** Decisions of all chosen sets, newest first. */
export async function history({ ports, sets }: Desk, { limit }: CommandNamed<'history'>): Promise<OperateAnswer> {
  const found = (await Promise.all(sets.map(({ name }) => ports.control.decisions(name, limit)))).flat();
  const decisions = found
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, limit)
    .map(entryOf);
  return { kind: 'done', sentence: `${decisions.length} decision(s), newest first`, decisions };
}

function entryOf(decision: Decision): HistoryEntry {
  const { atMs, clientSet, epochSeen, move, trigger, requestedBy, kind, sentence, reasons } = decision;
  const about = aboutOf(decision);
  return {
    at: iso(atMs),
    clientSet,
    epochSeen,
    about,
    ...(about === 'move' ? { move } : {}),
    trigger,
    requestedBy,
    kind,
    sentence,
    reasons,
  };
}
