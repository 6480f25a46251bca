/** docs/judgement.md: verdicts, votes and guards, from the rows that the code judges by. */
import { ERROR_CLASSES, RUNGS, type ErrorClass, type Rung } from '../core/contracts/observations.ts';
import { endsIncident, opensIncident } from '../core/health/cluster.ts';
import { OLD_SIDE_VERDICTS } from '../core/move/old-side.ts';
import { TAIL_VERDICTS } from '../core/move/tail-expiry.ts';
import { CLUSTER_VERDICTS } from '../core/health/verdicts.ts';
import { FLOW_VERDICTS } from '../core/health/flow.ts';
import { describeDetection } from '../core/config/detection.ts';
import { readConfig } from '../core/config/read.ts';
import { hearWitnesses } from '../core/health/witnesses.ts';
import { readHeartbeats } from '../core/replication/heartbeats.ts';
import { voteOf } from '../core/health/votes.ts';
import type { Guard } from '../core/move/guards.ts';
import { FAILBACK_GUARDS } from '../core/move/guards-failback.ts';
import { FAILOVER_GUARDS } from '../core/move/guards-failover.ts';
import { REFUGE_LOST_GUARDS } from '../core/move/guards-refuge-lost.ts';
import { START_GUARDS } from '../core/move/guards-start.ts';
import { SWITCHOVER_GUARDS } from '../core/move/guards-switchover.ts';
import { PREPARATION_CHECKS } from '../core/readiness/checks.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
  '',
];

const ALLOWS = {
  automatic: 'a move without a person',
  approval: 'a move that a person approves',
  nothing: 'no move',
} as const;

const clusterRows = () =>
  CLUSTER_VERDICTS.map(({ kind, needs, allows, liftedBy }) => [
    `\`${kind}\``,
    needs,
    ALLOWS[allows],
    liftedBy,
    opensIncident(kind) ? 'opens' : endsIncident(kind) ? 'ends' : '',
  ]);

const rowsOf = (verdicts: Readonly<Record<string, { readonly needs: string; readonly liftedBy: string }>>) =>
  Object.entries(verdicts).map(([kind, { needs, liftedBy }]) => [`\`${kind}\``, needs, liftedBy]);

const flowRows = () => [
  ...FLOW_VERDICTS.map(({ kind, needs, liftedBy }) => [`\`${kind}\``, needs, liftedBy]),
  ['`HEALTHY`', 'none of the above', ''],
];

/** Asks the code itself how a climb counts that broke on `rung` with an error of `errorClass`. */
function voteWhen(rung: Rung, errorClass: ErrorClass): string {
  const below = RUNGS.slice(0, RUNGS.indexOf(rung)).map((held) => ({ kind: 'held', rung: held, tookMs: 1 }) as const);
  const broke = { kind: 'broke', rung, tookMs: 1, errorClass, error: 'an error' } as const;
  const rungs = [...below, broke];
  const vote = voteOf({ pair: 'p', cluster: 'K1', vantage: 'eu-west-1', atMs: 0, rungs }, { slowRungMs: 2_000 });
  if (vote.kind !== 'abstain') return vote.kind;
  return vote.signOfLife ? 'abstains, sign of life' : 'abstains';
}

const SHOWN: readonly Rung[] = ['tcp', 'metadata', 'canary-write', 'canary-read'];

const voteRows = () =>
  ERROR_CLASSES.map((errorClass) => [`\`${errorClass}\``, ...SHOWN.map((rung) => voteWhen(rung, errorClass))]);

const FRESHNESS = { fresh: 0, stale: -60_000, unreadable: undefined } as const;

/** Asks the code itself for each row. */
const witnessRows = () =>
  (['fresh', 'stale', 'unreadable'] as const).flatMap((copied) =>
    (['fresh', 'stale', 'unreadable'] as const).flatMap((own) =>
      (['moving', 'still', 'unreadable'] as const).map((ends) => {
        const { kind } = readHeartbeats(
          {
            copiedHeartbeatMs: FRESHNESS[copied],
            ownHeartbeatMs: FRESHNESS[own],
            remoteEnds: ends === 'unreadable' ? undefined : ends,
          },
          { nowMs: 0, freshnessLimitMs: 45_000 },
        );
        return [copied, own, ends, `\`${kind}\`${kind === 'ALIVE' ? ' (veto)' : ''}`];
      }),
    ),
  );

const hearingRows = () =>
  (['ALIVE', 'CORROBORATES', 'UNAVAILABLE'] as const).flatMap((kind) =>
    [[], ['down'], ['alive'], ['down', 'alive']].map((words) => {
      const alarms = words.map((says) => ({ name: 'an alarm', says: says as 'down' | 'alive' }));
      const heard = hearWitnesses({ kind, because: '' }, alarms);
      return [`\`${kind}\``, words.join(' and ') || 'nothing', `\`${heard.kind}\``];
    }),
  );

/** What the defaults amount to; `cdk synth` prints it for the configuration at hand. */
function describedWindows(): readonly string[] {
  const cluster = (region: string) => ({ region, bootstrapServers: [`${region}:9092`], auth: 'a' });
  const reading = readConfig({
    schema: 1,
    pair: 'p',
    clusters: { K1: cluster('eu-central-1'), K2: cluster('eu-west-1') },
    clientSets: { a: { home: 'K1', topics: ['t'], groups: [{ id: 'g' }] } },
  });
  if (reading.kind === 'invalid') throw new Error('the defaults are no valid configuration');
  return [`With the defaults, ${describeDetection(reading.config)}. \`cdk synth\` prints it for a configuration.`, ''];
}

const guardRows = (guards: readonly Guard[]) =>
  guards.map(({ id, title, uses, liftedBy, skippableByForce }) => [
    `\`${id}\``,
    title,
    uses,
    liftedBy,
    skippableByForce ? 'yes' : 'no',
  ]);

const GUARD_HEAD = ['guard', 'holds if', 'looks at', 'lifted by', '`force` skips it'] as const;

export const judgementPage = (): string =>
  [
    '# Judgement',
    '',
    '<!-- Made by `npm run docs` from core/health, core/move and core/readiness; a test compares. -->',
    '',
    'Rows that the code judges by. How they fit together is told in [architecture.md](architecture.md).',
    '',
    '## Verdicts about a cluster',
    '',
    'In order: the first row that holds is the verdict. An incident keeps its id until it ends.',
    '',
    ...table(['verdict', 'needs', 'allows', 'lifted by', 'incident'], clusterRows()),
    ...describedWindows(),
    '## Verdicts about a flow',
    '',
    'In order: the first row that holds is the verdict. A flow alone never starts a move.',
    '',
    ...table(['verdict', 'needs', 'lifted by'], flowRows()),
    '## Verdicts about the old side',
    '',
    'Who is left behind at home of a client set that is away. In order: the first row that holds is the verdict.',
    '',
    ...table(['verdict', 'needs', 'lifted by'], rowsOf(OLD_SIDE_VERDICTS)),
    '## Verdicts about the tail',
    '',
    'How long records are safe that only a lost home holds. In order: the first row that holds is the verdict.',
    '',
    ...table(['verdict', 'needs', 'lifted by'], rowsOf(TAIL_VERDICTS)),
    '## Votes',
    '',
    `What one climb of the ladder says when it breaks. Rungs, bottom to top: ${RUNGS.map((rung) => `\`${rung}\``).join(', ')}.`,
    'A canary write that some partitions took counts as `partial` when the cluster says why, and as `gray` when those it was sent to stay silent.',
    'A ladder that holds votes `up`, or `partial`, `gray` (slower than `probe.slowRungSeconds`) or `degraded`, the first that is true. A level of trouble is a judgement of the vantage once',
    'at least `probe.suspectFailures` of the last `probe.windowSamples` votes were that bad or worse, and more of them than were better.',
    '',
    ...table(['error class', ...SHOWN.map((rung) => `on \`${rung}\``)], voteRows()),
    '## Witnesses',
    '',
    'Replication, seen at the other cluster: what each combination says about the source. Freshness is `replication.freshSeconds`; the ends are those of the remote topics between two looks.',
    '',
    ...table(
      ["the source's heartbeats", "the flow's own heartbeats", 'remote topics', 'replication says'],
      witnessRows(),
    ),
    'Together with the configured witness alarms that are in ALARM; alone neither confirms anything, and a veto stops a confirmation only, never `PARTIAL_OUTAGE`.',
    '',
    ...table(['replication says', 'alarms say', 'together'], hearingRows()),
    '## Guards of every start',
    '',
    'All that apply are evaluated, none hides another; twice: before the claim and right after it, and again after an approval.',
    '`force` counts only from a person.',
    '',
    ...table(GUARD_HEAD, guardRows(START_GUARDS)),
    '## Guards of a failover',
    '',
    ...table(GUARD_HEAD, guardRows(FAILOVER_GUARDS)),
    '## Guards of a switchover',
    '',
    'The last one is about the way home of a set that left by a switchover.',
    '',
    ...table(GUARD_HEAD, guardRows(SWITCHOVER_GUARDS)),
    '## Guards of a failback',
    '',
    ...table(GUARD_HEAD, guardRows(FAILBACK_GUARDS)),
    '## Guards of a way home without the refuge',
    '',
    'Beside those of every start and, of a failback, those about home.',
    '',
    ...table(GUARD_HEAD, guardRows(REFUGE_LOST_GUARDS)),
    '## Readiness',
    '',
    'What is found about a client set at home, each turn, beside the guards that would refuse its failover. A finding names what is wrong, on which cluster, and the command that repairs it.',
    '`blocks`: a guard refuses the move (mode and pause, which people choose, inform only). `warns`: the move goes, and something breaks or is lost by it. `unknown`: could not be read. `informs`: worth knowing.',
    '`readiness.explained` in the configuration turns a warning that is meant into information.',
    'Not looked at, so never found: whether the refuge has the disk, the throughput and the client quotas for the load of both sides. Compare these by hand, with `kafka-log-dirs.sh --describe` and `kafka-configs.sh --describe --entity-type clients` (and `users`).',
    '',
    ...table(
      ['finding', 'nothing is found if'],
      PREPARATION_CHECKS.map(({ ids, title }) => [ids.map((id) => `\`${id}\``).join(', '), title]),
    ),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
