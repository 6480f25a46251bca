/** Answers for people's eyes. Colours only where the terminal shows them. */
import { styleText } from 'node:util';
import { setSubject } from '../../core/health/subjects.ts';
import { namesGuard } from '../../core/move/guards.ts';
import type { HistoryEntry, OperateAnswer, SetStatus } from '../../core/contracts/operate.ts';

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** `styleText` itself looks at NO_COLOR and at whether the stream is a terminal. */
export const terminalPaint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });

export function answerLines(answer: OperateAnswer, paint: Paint): readonly string[] {
  if (answer.sets !== undefined) return answer.sets.flatMap((set) => setLines(set, paint));
  if (answer.decisions !== undefined)
    return answer.decisions.length === 0
      ? ['no decisions yet']
      : [
          ...answer.decisions.flatMap((entry) => decisionLines(entry, paint)),
          ...guardHint(answer.decisions.flatMap(({ reasons }) => reasons)),
        ];
  const reasons = (answer.reasons ?? []).map((reason) => `  - ${reason}`);
  const executions = (answer.executions ?? []).map((execution) => `  execution ${execution}`);
  return [
    paint(answer.kind === 'done' ? 'green' : 'yellow', answer.sentence),
    ...reasons,
    ...guardHint(answer.reasons ?? []),
    ...executions,
  ];
}

const guardHint = (reasons: readonly string[]): readonly string[] =>
  reasons.some(namesGuard) ? ['  What each guard looks at, and what lifts it: docs/judgement.md'] : [];

function setLines(set: SetStatus, paint: Paint): readonly string[] {
  const where =
    set.phase === null
      ? paint('yellow', 'no routing yet')
      : paint(set.phase === 'home' ? 'green' : 'yellow', set.phase);
  return [
    `${paint('bold', set.clientSet)}  ${where}  (home ${set.home}, refuge ${set.refuge})  epoch ${set.epoch}, revision ${set.revision}, mode ${set.mode} by ${set.modeSetBy}`,
    ...set.pauses.map(({ what, owner, until, reason }) =>
      paint('yellow', `  ${what} is paused by ${owner} until ${until}: ${reason}`),
    ),
    ...(set.pauseUnknown === undefined ? [] : [paint('yellow', `  ${set.pauseUnknown}`)]),
    ...refreshLines(set, paint),
    ...(set.rehearsed === undefined ? [] : [`  last rehearsed ${set.rehearsed}`]),
    ...(set.cooldown === undefined
      ? []
      : [
          `  automatic failover of epoch ${set.cooldown.epoch} ended ${set.cooldown.finishedAt}${set.cooldown.acknowledgedBy === undefined ? ', not acknowledged' : `, acknowledged by ${set.cooldown.acknowledgedBy}`}`,
        ]),
    ...openLines(set, paint),
    ...set.verdicts.map(
      ({ subject, kind, since, sentence }) => `  ${subject.padEnd(16)} ${kind} since ${since}: ${sentence}`,
    ),
    ...tailLines(set),
    ...readinessLines(set, paint),
    ...set.regions.map(({ region, holds }) => `  ${region.padEnd(16)} holds ${holds}`),
    ...clientLines(set, paint),
    '',
  ];
}

const tailLines = ({ tail }: SetStatus): readonly string[] =>
  tail === undefined
    ? []
    : [
        `  ${`tail of epoch ${tail.epoch}`.padEnd(16)} ${tail.sentence}`,
        ...tail.partitions.map((line) => `    ${line}`),
        ...(tail.leftOut === 0 ? [] : [`    and ${tail.leftOut} partition(s) more`]),
      ];

const refreshLines = ({ refresh = [], clientSet }: SetStatus, paint: Paint): readonly string[] =>
  refresh.length === 0
    ? []
    : [
        paint('yellow', '  the configuration is newer than what clients were told; refresh would change'),
        ...refresh.map((change) => `    ${change}`),
        `    try it: npx mm2-failover refresh --set ${clientSet} --reason "..." --dry-run`,
      ];

function openLines({ open, question }: SetStatus, paint: Paint): readonly string[] {
  if (open === undefined) return [];
  return [
    `  ${paint('bold', `${open.move} of epoch ${open.epoch}`)}, asked for by ${open.requestedBy} (${open.trigger}): ${open.reason}`,
    `    since ${open.claimedAt}, ${open.published ? 'published, only forward' : 'nothing published yet'}, approval ${open.approval}`,
    ...(open.stage === undefined ? [] : [`    ${open.stage}`]),
    ...(question === undefined
      ? []
      : [
          paint('yellow', `    waits for a person at "${question.stage}": ${question.sentence}`),
          ...question.reasons.map((reason) => `      - ${reason}`),
          ...question.commands.map((line) => `      ${line}`),
        ]),
  ];
}

const COLOUR = { blocks: 'red', warns: 'yellow', unknown: 'magenta', informs: 'dim' } as const;

function readinessLines({ readiness, verdicts, clientSet }: SetStatus, paint: Paint): readonly string[] {
  if (readiness === undefined) return [];
  // Its findings and figures are about leaving home: of a set that is away or moving they say nothing, not "nothing is wrong".
  if (verdicts.some(({ subject, kind }) => subject === setSubject(clientSet) && kind === 'AWAY'))
    return [
      `  readiness        not judged while away: ${readiness.sentence}`,
      `    what a way home would need: npx mm2-failover dry-run --set ${clientSet} --move failback --reason "..."`,
    ];
  const { findings, leftOut, loss, duplicates, time, inputs } = readiness;
  const ages = inputs.map(
    ({ input, ageSeconds }) => `${input} ${ageSeconds === null ? 'none' : `${Math.round(ageSeconds)} s`}`,
  );
  return [
    `  readiness        ${findings.length + leftOut === 0 ? 'nothing was found' : `${findings.length + leftOut} finding(s)`}`,
    ...findings.flatMap(({ id, severity, cluster, sentence, fix }) => [
      paint(COLOUR[severity], `    ${severity.padEnd(7)} ${id} at ${cluster}: ${sentence}`),
      `            ${fix}`,
    ]),
    ...(leftOut === 0 ? [] : [`    and ${leftOut} more; repair these first`]),
    ...[loss, duplicates, time].map(({ sentence }) => `    ${sentence}`),
    `    age of what this is judged from: ${ages.join(', ')}`,
  ];
}

function clientLines({ clients, revision }: SetStatus, paint: Paint): readonly string[] {
  if (clients.length === 0) return ['  clients          none heard of'];
  const behind = clients.filter((client) => client.revision < revision || !client.active);
  return [
    `  clients          ${clients.length - behind.length} of ${clients.length} obey revision ${revision}`,
    ...behind.map((client) =>
      paint(
        'yellow',
        `    ${client.role} ${client.clientId}: revision ${client.revision}${client.active ? '' : ', not active'}, heard ${client.heard}${client.note === undefined ? '' : `: ${client.note}`}`,
      ),
    ),
  ];
}

const decisionLines = (entry: HistoryEntry, paint: Paint): readonly string[] => [
  `${entry.at}  ${paint('bold', entry.clientSet)}  ${entry.kind} (${entry.move ?? entry.about}, ${entry.trigger} by ${entry.requestedBy}, epoch ${entry.epochSeen})`,
  `  ${entry.sentence}`,
  ...entry.reasons.filter((reason) => reason !== entry.sentence).map((reason) => `  - ${reason}`),
];
