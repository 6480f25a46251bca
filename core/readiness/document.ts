/** The one document per client set: would it move now, what stands in the way, what would it cost, how old is all this. */
import type { PlacedSet } from '../config/pair.ts';
import { clusterOf, isolationLevelOf } from '../config/pair.ts';
import type { PairConfig } from '../config/schema.ts';
import type { Finding, ReadinessDocument, Severity } from '../contracts/readiness.ts';
import { SEVERITIES } from '../contracts/readiness.ts';
import type { SeedRecord, StoredVerdict } from '../contracts/tables.ts';
import { clip } from '../health/words.ts';
import type { MoveFacts } from '../move/facts.ts';
import type { Readiness } from '../move/readiness.ts';
import { judgePreparation } from './checks.ts';
import { expectedDuplicates, expectedTime, lossPart, recordsFromSeeds } from './expected.ts';
import { guardFindings } from './guard-findings.ts';
import type { Preparation, PreparationRules, Side } from './preparation.ts';

/** So that the document fits into an item, whatever a cluster looks like. */
const MOST_FINDINGS = 60;
const LONGEST_SENTENCE = 500;
/** A command is worth nothing when it is cut: two addresses and a subject fit. */
const LONGEST_FIX = 1200;
/** Looks in a row that may fail before what they saw last counts no more. */
const MISSED_LOOKS = 3;

export const preparationRulesOf = ({ readiness, replication }: PairConfig): PreparationRules => ({
  staleMs: MISSED_LOOKS * readiness.everySeconds * 1000,
  freshMs: replication.freshSeconds * 1000,
  longestOutageMs: readiness.longestOutageSeconds * 1000,
  offsetSyncsLocation: replication.offsetSyncsLocation,
  exactlyOnce: replication.exactlyOnce,
  isolationLevel: isolationLevelOf({ replication }),
  separator: replication.separator,
  internalSeparator: replication.internalSeparator,
  explained: readiness.explained,
  ...(replication.mirrorMakerVersion === undefined ? {} : { mirrorMakerVersion: replication.mirrorMakerVersion }),
});

export function sideOf(config: PairConfig, alias: string): Side {
  const { security, schemaRegistry, ...cluster } = clusterOf(config, alias);
  return {
    alias,
    servers: (cluster.controllerBootstrapServers ?? cluster.bootstrapServers).join(','),
    secured: security.kind !== 'plaintext',
    rights: security.kind === 'msk-iam' ? 'iam' : 'acls',
    ...(schemaRegistry === undefined ? {} : { registry: schemaRegistry.split(',')[0]!.trim().replace(/\/$/, '') }),
  };
}

/** What was looked at beside the guards' own facts. */
export interface Looks extends Pick<Preparation, 'flow' | 'inbound' | 'look'> {
  readonly producersHeardOf: boolean | 'unknown';
  readonly seeds: readonly SeedRecord[];
}

export function readinessDocument(
  config: PairConfig,
  placed: PlacedSet,
  { facts, readiness }: { readonly facts: MoveFacts; readonly readiness: Readiness },
  looks: Looks,
): ReadinessDocument {
  const { nowMs, place, found, verdicts } = facts;
  const preparation: Preparation = {
    nowMs,
    place,
    home: sideOf(config, placed.home),
    refuge: sideOf(config, placed.refuge),
    outbound: verdicts.outbound,
    homeVerdict: verdicts.home.kind,
    flow: looks.flow,
    inbound: looks.inbound,
    found,
    look: looks.look,
    producers: {
      heardOf: looks.producersHeardOf,
      declared: placed.set.assumeProducersAdoptedAfterSeconds !== undefined,
    },
    seeds: looks.seeds,
    incompleteHistory: placed.set.incompleteHistory,
    rules: preparationRulesOf(config),
  };
  const findings =
    readiness.kind === 'AWAY'
      ? []
      : gravestFirst([...guardFindings(readiness.inTheWay, preparation), ...judgePreparation(preparation)]);
  const records = recordsFromSeeds(looks.seeds, looks.flow?.remoteEnds, place.topics);
  return {
    clientSet: placed.name,
    atMs: nowMs,
    wouldMove: readiness.kind === 'READY',
    sentence: clip(readiness.sentence, LONGEST_SENTENCE),
    findings: findings.slice(0, MOST_FINDINGS).map(clipped),
    leftOut: Math.max(0, findings.length - MOST_FINDINGS),
    loss: lossPart(facts.loss),
    duplicates: expectedDuplicates(records),
    time: expectedTime(config, place, placed.set.pollSeconds, readiness.inTheWay.length > 0),
    inputs: inputsOf(facts, looks),
  };
}

const clipped = (finding: Finding): Finding => ({
  ...finding,
  sentence: clip(finding.sentence, LONGEST_SENTENCE),
  fix: clip(finding.fix, LONGEST_FIX),
});

/** Within one severity the order of the checks stays. */
const gravestFirst = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));

/** Two documents with the same key tell people the same: ages and figures in sentences do not count. */
export const findingsKey = ({ findings }: Pick<ReadinessDocument, 'findings'>): string =>
  findings
    .map(({ severity, id, cluster, subject }) => `${severity} ${id} ${cluster} ${subject}`)
    .toSorted()
    .join('\n');

export const countOf = ({ findings }: Pick<ReadinessDocument, 'findings'>, severity: Severity): number =>
  findings.filter((finding) => finding.severity === severity).length;

function inputsOf({ nowMs, verdicts, found }: MoveFacts, { flow, look, seeds }: Looks): ReadinessDocument['inputs'] {
  const age = (atMs: number | undefined) => (atMs === undefined ? null : Math.max(0, nowMs - atMs) / 1000);
  const ofVerdict = (verdict: StoredVerdict) => ({
    input: `verdict ${verdict.subject}`,
    ageSeconds: age(verdict.judgedAtMs),
  });
  const oldestSeed = seeds.length === 0 ? undefined : Math.min(...seeds.map(({ atMs }) => atMs));
  return [
    ...[verdicts.home, verdicts.refuge, verdicts.outbound].map(ofVerdict),
    { input: 'look at topics and groups', ageSeconds: age(found?.atMs) },
    { input: 'look at the flow', ageSeconds: age(flow?.atMs) },
    { input: 'comparison of settings, rights and schemas', ageSeconds: age(look?.atMs) },
    { input: 'oldest seed', ageSeconds: age(oldestSeed) },
  ];
}
