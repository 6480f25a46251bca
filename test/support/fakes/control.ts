/** ControlTable in memory; passes test/contracts/aws-control.test.ts like the real one. */
import {
  Adoption,
  Decision,
  HomeSample,
  HomewardRecord,
  Incarnation,
  KeptRecord,
  PairPause,
  PositionRecord,
  Rehearsal,
  SeedRecord,
  SetState,
  StageRecord,
  StoredVerdict,
} from '../../../core/contracts/tables.ts';
import { OpenQuestion } from '../../../core/contracts/workflow.ts';
import type { ControlTable } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';
import { stored, timeKey, type Stored } from './stored.ts';

export type FakeControlTable = ControlTable & { readonly faults: Faults<ControlTable> };

/** Keeps the newer of two: a late writer must not bring back an older sample. */
const putNewer = <T extends { readonly atMs: number }>(items: Stored<T>, key: string, next: T) => {
  const present = items.get(key);
  if (present === null || present.atMs <= next.atMs) items.put(key, next);
};

const keyed = (...parts: readonly (string | number)[]) => parts.join('#');

export const fakeControlTable = (): FakeControlTable =>
  withFaults<ControlTable>({ ...sets(), ...positions(), ...stages(), ...questions(), ...limits(), ...facts() });

function sets(): Pick<ControlTable, 'readSet' | 'writeSet' | 'putDecision' | 'decisions'> {
  const states = stored(SetState);
  const decisions = stored(Decision);
  return {
    readSet: async (clientSet) => states.get(clientSet),
    writeSet: async (next) => {
      const version = states.get(next.clientSet)?.version ?? 0;
      if (next.version !== version + 1) return 'conflict';
      states.put(next.clientSet, next);
      return 'written';
    },
    putDecision: async (decision) => {
      if (decisions.list(keyed(decision.clientSet, '')).every(({ id }) => id !== decision.id))
        decisions.put(keyed(decision.clientSet, timeKey(decision.atMs), decision.id), decision);
    },
    decisions: async (clientSet, limit) => decisions.list(keyed(clientSet, '')).toReversed().slice(0, limit),
  };
}

function positions(): Pick<
  ControlTable,
  | 'putHomeSample'
  | 'homeSamples'
  | 'putRefugeSample'
  | 'refugeSamples'
  | 'putHomeward'
  | 'homeward'
  | 'putSeed'
  | 'seeds'
  | 'putKept'
  | 'kept'
  | 'putPositions'
  | 'positions'
  | 'pinnedBefore'
> {
  const samples = stored(HomeSample);
  const ofRefuge = stored(HomeSample);
  const homeward = stored(HomewardRecord);
  const seeds = stored(SeedRecord);
  const kept = stored(KeptRecord);
  const records = stored(PositionRecord);
  return {
    putHomeSample: async (clientSet, sample) => putNewer(samples, keyed(clientSet, sample.group, sample.topic), sample),
    homeSamples: async (clientSet) => samples.list(keyed(clientSet, '')),
    putRefugeSample: async (clientSet, sample) =>
      putNewer(ofRefuge, keyed(clientSet, sample.group, sample.topic), sample),
    refugeSamples: async (clientSet) => ofRefuge.list(keyed(clientSet, '')),
    putHomeward: async (clientSet, record) => putNewer(homeward, keyed(clientSet, record.group, record.topic), record),
    homeward: async (clientSet) => homeward.list(keyed(clientSet, '')),
    putSeed: async (clientSet, seed) => putNewer(seeds, keyed(clientSet, seed.group, seed.topic), seed),
    seeds: async (clientSet) => seeds.list(keyed(clientSet, '')),
    putKept: async (clientSet, record) => putNewer(kept, keyed(clientSet, record.group, record.topic), record),
    kept: async (clientSet) => kept.list(keyed(clientSet, '')),
    putPositions: async (clientSet, record) =>
      records.put(keyed(clientSet, record.epoch, record.group, record.topic), record),
    positions: async (clientSet, epoch) => records.list(keyed(clientSet, epoch, '')),
    pinnedBefore: async (clientSet, epoch) => {
      const epochs = records.list(keyed(clientSet, '')).map((record) => record.epoch);
      const earlier = epochs.filter((one) => one < epoch);
      return earlier.length === 0 ? null : Math.max(...earlier);
    },
  };
}

function stages(): Pick<ControlTable, 'putAdoption' | 'adoption' | 'adoptions' | 'stage' | 'stages' | 'putStage'> {
  const adoptions = stored(Adoption);
  const records = stored(StageRecord);
  return {
    putAdoption: async (adoption) =>
      putNewer(adoptions, keyed(adoption.clientSet, adoption.role, adoption.clientId), adoption),
    adoption: async ({ clientSet, role, clientId }) => adoptions.get(keyed(clientSet, role, clientId)),
    adoptions: async (clientSet) => adoptions.list(keyed(clientSet, '')),
    stage: async (clientSet, epoch, stage) => records.get(keyed(clientSet, epoch, stage)),
    stages: async (clientSet, epoch) => records.list(keyed(clientSet, epoch, '')),
    putStage: async (clientSet, record) => records.put(keyed(clientSet, record.epoch, record.stage), record),
  };
}

function questions(): Pick<ControlTable, 'question' | 'putQuestion' | 'reviseQuestion' | 'clearQuestion'> {
  const open = stored(OpenQuestion);
  return {
    question: async (clientSet) => open.get(clientSet),
    putQuestion: async (clientSet, question) => open.put(clientSet, question),
    reviseQuestion: async (clientSet, question) => {
      if (open.get(clientSet)?.taskToken === question.taskToken) open.put(clientSet, question);
    },
    clearQuestion: async (clientSet, taskToken) => {
      if (open.get(clientSet)?.taskToken === taskToken) open.remove(clientSet);
    },
  };
}

function limits(): Pick<ControlTable, 'pauses' | 'putPause' | 'removePause' | 'rehearsal' | 'putRehearsal'> {
  const pauses = stored(PairPause);
  const rehearsals = stored(Rehearsal);
  const keyOf = (scope: PairPause['scope']) => (scope.kind === 'pair' ? 'pair' : keyed('cluster', scope.cluster));
  return {
    pauses: async () => pauses.list(''),
    putPause: async (pause) => pauses.put(keyOf(pause.scope), pause),
    removePause: async (scope) => pauses.remove(keyOf(scope)),
    rehearsal: async (clientSet) => rehearsals.get(clientSet),
    putRehearsal: async (clientSet, rehearsal) => putNewer(rehearsals, clientSet, rehearsal),
  };
}

function facts(): Pick<ControlTable, 'verdict' | 'putVerdict' | 'reviseVerdict' | 'incarnation' | 'putIncarnation'> {
  const verdicts = stored(StoredVerdict);
  const incarnations = stored(Incarnation);
  return {
    verdict: async (subject) => verdicts.get(subject),
    putVerdict: async (verdict) => verdicts.put(verdict.subject, verdict),
    reviseVerdict: async (verdict) => {
      if (verdicts.get(verdict.subject)?.judgedAtMs === verdict.judgedAtMs) verdicts.put(verdict.subject, verdict);
    },
    incarnation: async (cluster) => incarnations.get(cluster),
    putIncarnation: async (incarnation) => incarnations.put(incarnation.cluster, incarnation),
  };
}
