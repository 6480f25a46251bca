/** docs/judgement.md: verdicts, votes and guards, from the rows that the code judges by. */
import { ERROR_CLASSES, RUNGS, type ErrorClass, type Rung } from '../core/contracts/observations.ts';
import { CLUSTER_VERDICTS, opensIncident } from '../core/health/cluster.ts';
import { FLOW_VERDICTS } from '../core/health/flow.ts';
import { voteOf } from '../core/health/votes.ts';
import type { Guard } from '../core/move/guards.ts';
import { FAILBACK_GUARDS } from '../core/move/guards-failback.ts';
import { FAILOVER_GUARDS } from '../core/move/guards-failover.ts';
import { START_GUARDS } from '../core/move/guards-start.ts';
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
  CLUSTER_VERDICTS.map(({ kind, needs, allows }) => [
    `\`${kind}\``,
    needs,
    ALLOWS[allows],
    opensIncident(kind) ? 'opens' : kind === 'HEALTHY' ? 'ends' : '',
  ]);

const flowRows = () => [
  ...FLOW_VERDICTS.map(({ kind, needs }) => [`\`${kind}\``, needs]),
  ['`HEALTHY`', 'none of the above'],
];

/** Asks the code itself how a climb counts that broke on `rung` with an error of `errorClass`. */
function voteWhen(rung: Rung, errorClass: ErrorClass): string {
  const below = RUNGS.slice(0, RUNGS.indexOf(rung)).map((held) => ({ kind: 'held', rung: held, tookMs: 1 }) as const);
  const broke = { kind: 'broke', rung, tookMs: 1, errorClass, error: 'an error' } as const;
  const vote = voteOf({ pair: 'p', cluster: 'K1', vantage: 'eu-west-1', atMs: 0, rungs: [...below, broke] });
  if (vote.kind !== 'abstain') return vote.kind;
  return vote.signOfLife ? 'abstains, sign of life' : 'abstains';
}

const SHOWN: readonly Rung[] = ['tcp', 'metadata', 'canary-write', 'canary-read'];

const voteRows = () =>
  ERROR_CLASSES.map((errorClass) => [`\`${errorClass}\``, ...SHOWN.map((rung) => voteWhen(rung, errorClass))]);

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
    ...table(['verdict', 'needs', 'allows', 'incident'], clusterRows()),
    '## Verdicts about a flow',
    '',
    'In order: the first row that holds is the verdict. A flow alone never starts a move.',
    '',
    ...table(['verdict', 'needs'], flowRows()),
    '## Votes',
    '',
    `What one climb of the ladder says when it breaks. Rungs, bottom to top: ${RUNGS.map((rung) => `\`${rung}\``).join(', ')}.`,
    'A canary write that some partitions took counts as `partial`.',
    '',
    ...table(['error class', ...SHOWN.map((rung) => `on \`${rung}\``)], voteRows()),
    '## Guards of every start',
    '',
    'All that apply are evaluated, none hides another; twice: before the claim and right after it, and again after an approval.',
    '`force` counts only from a person.',
    '',
    ...table(GUARD_HEAD, guardRows(START_GUARDS)),
    '## Guards of a failover',
    '',
    ...table(GUARD_HEAD, guardRows(FAILOVER_GUARDS)),
    '## Guards of a failback',
    '',
    ...table(GUARD_HEAD, guardRows(FAILBACK_GUARDS)),
    '## Readiness',
    '',
    'What is found about a client set at home, each turn, beside the guards that would refuse its failover. A finding names what is wrong, on which cluster, and the command that repairs it.',
    '`blocks`: a guard refuses the move (mode and pause, which people choose, inform only). `warns`: the move goes, and something breaks or is lost by it. `unknown`: could not be read. `informs`: worth knowing.',
    '`readiness.explained` in the configuration turns a warning that is meant into information.',
    '',
    ...table(
      ['finding', 'nothing is found if'],
      PREPARATION_CHECKS.map(({ ids, title }) => [ids.map((id) => `\`${id}\``).join(', '), title]),
    ),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
