/**
 * The control table of one region. Every read is strongly consistent.
 *
 * | record | pk | sk | rule of writing |
 * |---|---|---|---|
 * | SetState | `set#<set>` | `state` | only if the stored `version` is one less (claims are such a write) |
 * | OpenQuestion | `set#<set>` | `question` | replaced; revised and removed only while `taskToken` is still the same |
 * | Adoption | `set#<set>` | `adoption#<role>#<client id>` | newest `atMs` stands; expires 30 days later |
 * | HomeSample | `set#<set>` | `sample#<group>#<topic>` | newest `atMs` stands |
 * | HomeSample of the refuge | `set#<set>` | `refuge-sample#<group>#<topic>` | newest `atMs` stands |
 * | HomewardRecord | `set#<set>` | `homeward#<group>#<topic>` | newest `atMs` stands |
 * | SeedRecord | `set#<set>` | `seed#<group>#<topic>` | newest `atMs` stands |
 * | KeptRecord | `set#<set>` | `kept#<group>#<topic>` | newest `atMs` stands |
 * | PositionRecord | `set#<set>` | `positions#<epoch, 10 digits>#<group>#<topic>` | replaced |
 * | StageRecord | `set#<set>` | `stage#<epoch, 10 digits>#<stage>` | replaced |
 * | Decision | `decisions#<set>` | `<atMs, 15 digits>#<id>` | together with the next row, in one transaction |
 * | its id | `decisions#<set>` | `id#<id>` | never replaced: the same id twice is one decision |
 * | Rehearsal | `set#<set>` | `rehearsal` | newest `atMs` stands |
 * | PairPause | `pauses` | `pair` or `cluster#<cluster>` | replaced |
 * | StoredVerdict | `verdicts` | `<subject>` | replaced |
 * | Incarnation | `incarnations` | `<cluster>` | replaced |
 *
 * A topic name holds no `#`, so the last `#` of a key always ends the group id. Nothing here is ever scanned; lists are
 * queries over the beginning of a sort key.
 */
import { names } from '../../../core/config/pair.ts';
import {
  Adoption,
  Decision,
  HomeSample,
  HomewardRecord,
  Incarnation,
  KeptRecord,
  PairPause,
  type PairScope,
  PositionRecord,
  Rehearsal,
  SeedRecord,
  SetState,
  StageRecord,
  StoredVerdict,
} from '../../../core/contracts/tables.ts';
import { OpenQuestion } from '../../../core/contracts/workflow.ts';
import type { ControlTable } from '../../ports.ts';
import { epochKey, newest, timeKey } from './keys.ts';
import { dynamoTable, type Table } from './table.ts';

/** Client ids change with every deployment of the clients; without an end their list would only grow. */
const KEEP_ADOPTIONS_MS = 30 * 24 * 3_600_000;

export function dynamoControlTable(place: { readonly pair: string; readonly region: string }): ControlTable {
  const table = dynamoTable({ region: place.region, table: names.controlTable(place.pair) });
  return {
    ...states(table),
    ...decisions(table),
    ...samples(table),
    ...positions(table),
    ...adoptions(table),
    ...stages(table),
    ...questions(table),
    ...limits(table),
    ...facts(table),
  };
}

const ofSet = (clientSet: string) => `set#${clientSet}`;

function states(table: Table): Pick<ControlTable, 'readSet' | 'writeSet'> {
  const key = (clientSet: string) => ({ pk: ofSet(clientSet), sk: 'state' });
  return {
    readSet: (clientSet) => table.get(key(clientSet), SetState),
    writeSet: async (next) => {
      const condition =
        next.version === 1
          ? { expression: 'attribute_not_exists(pk)', values: {} }
          : { expression: 'version = :read', values: { ':read': next.version - 1 } };
      const written = await table.put(key(next.clientSet), SetState.parse(next), {
        attributes: { version: next.version },
        condition,
      });
      return written === 'written' ? 'written' : 'conflict';
    },
  };
}

function decisions(table: Table): Pick<ControlTable, 'putDecision' | 'decisions'> {
  const pk = (clientSet: string) => `decisions#${clientSet}`;
  return {
    putDecision: async (decision) => {
      const at = pk(decision.clientSet);
      await table.putNew([
        { key: { pk: at, sk: `${timeKey(decision.atMs)}#${decision.id}` }, record: Decision.parse(decision) },
        { key: { pk: at, sk: `id#${decision.id}` }, record: { atMs: decision.atMs } },
      ]);
    },
    // Digits sort before "i", so the range of instants ends before the ids begin.
    decisions: async (clientSet, limit) =>
      table.query(pk(clientSet), Decision, { from: '0', to: '9~', newestFirst: true, limit }),
  };
}

function samples(
  table: Table,
): Pick<ControlTable, 'putHomeSample' | 'homeSamples' | 'putRefugeSample' | 'refugeSamples'> {
  const put = async (kind: string, clientSet: string, sample: HomeSample) => {
    const sk = `${kind}#${sample.group}#${sample.topic}`;
    await table.put({ pk: ofSet(clientSet), sk }, HomeSample.parse(sample), newest(sample.atMs));
  };
  const list = (kind: string, clientSet: string) => table.query(ofSet(clientSet), HomeSample, { prefix: `${kind}#` });
  return {
    putHomeSample: (clientSet, sample) => put('sample', clientSet, sample),
    homeSamples: (clientSet) => list('sample', clientSet),
    putRefugeSample: (clientSet, sample) => put('refuge-sample', clientSet, sample),
    refugeSamples: (clientSet) => list('refuge-sample', clientSet),
  };
}

function positions(
  table: Table,
): Pick<
  ControlTable,
  'putHomeward' | 'homeward' | 'putSeed' | 'seeds' | 'putKept' | 'kept' | 'putPositions' | 'positions' | 'pinnedBefore'
> {
  return {
    putHomeward: async (clientSet, record) => {
      const sk = `homeward#${record.group}#${record.topic}`;
      await table.put({ pk: ofSet(clientSet), sk }, HomewardRecord.parse(record), newest(record.atMs));
    },
    homeward: (clientSet) => table.query(ofSet(clientSet), HomewardRecord, { prefix: 'homeward#' }),
    putSeed: async (clientSet, seed) => {
      const sk = `seed#${seed.group}#${seed.topic}`;
      await table.put({ pk: ofSet(clientSet), sk }, SeedRecord.parse(seed), newest(seed.atMs));
    },
    seeds: (clientSet) => table.query(ofSet(clientSet), SeedRecord, { prefix: 'seed#' }),
    putKept: async (clientSet, kept) => {
      const sk = `kept#${kept.group}#${kept.topic}`;
      await table.put({ pk: ofSet(clientSet), sk }, KeptRecord.parse(kept), newest(kept.atMs));
    },
    kept: (clientSet) => table.query(ofSet(clientSet), KeptRecord, { prefix: 'kept#' }),
    putPositions: async (clientSet, record) => {
      const sk = `positions#${epochKey(record.epoch)}#${record.group}#${record.topic}`;
      await table.put({ pk: ofSet(clientSet), sk }, PositionRecord.parse(record));
    },
    positions: (clientSet, epoch) =>
      table.query(ofSet(clientSet), PositionRecord, { prefix: `positions#${epochKey(epoch)}#` }),
    pinnedBefore: async (clientSet, epoch) => {
      const range = { from: 'positions#', to: `positions#${epochKey(epoch)}`, newestFirst: true, limit: 1 };
      const [newestRecord] = await table.query(ofSet(clientSet), PositionRecord, range);
      return newestRecord?.epoch ?? null;
    },
  };
}

function adoptions(table: Table): Pick<ControlTable, 'putAdoption' | 'adoption' | 'adoptions'> {
  const key = ({ clientSet, role, clientId }: Pick<Adoption, 'clientSet' | 'role' | 'clientId'>) => ({
    pk: ofSet(clientSet),
    sk: `adoption#${role}#${clientId}`,
  });
  return {
    putAdoption: async (adoption) => {
      const options = { ...newest(adoption.atMs), expiresAtMs: adoption.atMs + KEEP_ADOPTIONS_MS };
      await table.put(key(adoption), Adoption.parse(adoption), options);
    },
    adoption: (client) => table.get(key(client), Adoption),
    adoptions: (clientSet) => table.query(ofSet(clientSet), Adoption, { prefix: 'adoption#' }),
  };
}

function stages(table: Table): Pick<ControlTable, 'stage' | 'stages' | 'putStage'> {
  const sk = (epoch: number, stage: string) => `stage#${epochKey(epoch)}#${stage}`;
  return {
    stage: (clientSet, epoch, stage) => table.get({ pk: ofSet(clientSet), sk: sk(epoch, stage) }, StageRecord),
    stages: (clientSet, epoch) => table.query(ofSet(clientSet), StageRecord, { prefix: sk(epoch, '') }),
    putStage: async (clientSet, record) => {
      await table.put({ pk: ofSet(clientSet), sk: sk(record.epoch, record.stage) }, StageRecord.parse(record));
    },
  };
}

function questions(table: Table): Pick<ControlTable, 'question' | 'putQuestion' | 'reviseQuestion' | 'clearQuestion'> {
  const key = (clientSet: string) => ({ pk: ofSet(clientSet), sk: 'question' });
  const stillThis = (token: string) => ({ expression: 'taskToken = :token', values: { ':token': token } });
  return {
    question: (clientSet) => table.get(key(clientSet), OpenQuestion),
    putQuestion: async (clientSet, question) => {
      await table.put(key(clientSet), OpenQuestion.parse(question), { attributes: { taskToken: question.taskToken } });
    },
    reviseQuestion: async (clientSet, question) => {
      await table.put(key(clientSet), OpenQuestion.parse(question), {
        attributes: { taskToken: question.taskToken },
        condition: stillThis(question.taskToken),
      });
    },
    clearQuestion: (clientSet, taskToken) => table.remove(key(clientSet), stillThis(taskToken)),
  };
}

/** What limits automation beside a set's own state. */
function limits(
  table: Table,
): Pick<ControlTable, 'pauses' | 'putPause' | 'removePause' | 'rehearsal' | 'putRehearsal'> {
  const pauseKey = (scope: PairScope) => ({
    pk: 'pauses',
    sk: scope.kind === 'pair' ? 'pair' : `cluster#${scope.cluster}`,
  });
  const rehearsalKey = (clientSet: string) => ({ pk: ofSet(clientSet), sk: 'rehearsal' });
  return {
    pauses: () => table.query('pauses', PairPause),
    putPause: async (pause) => {
      await table.put(pauseKey(pause.scope), PairPause.parse(pause));
    },
    removePause: (scope) => table.remove(pauseKey(scope), { expression: 'attribute_exists(pk)', values: {} }),
    rehearsal: (clientSet) => table.get(rehearsalKey(clientSet), Rehearsal),
    putRehearsal: async (clientSet, rehearsal) => {
      await table.put(rehearsalKey(clientSet), Rehearsal.parse(rehearsal), newest(rehearsal.atMs));
    },
  };
}

function facts(
  table: Table,
): Pick<ControlTable, 'verdict' | 'putVerdict' | 'reviseVerdict' | 'incarnation' | 'putIncarnation'> {
  const key = (subject: string) => ({ pk: 'verdicts', sk: subject });
  const attributesOf = ({ judgedAtMs }: StoredVerdict) => ({ judgedAtMs });
  return {
    verdict: (subject) => table.get(key(subject), StoredVerdict),
    putVerdict: async (verdict) => {
      await table.put(key(verdict.subject), StoredVerdict.parse(verdict), { attributes: attributesOf(verdict) });
    },
    reviseVerdict: async (verdict) => {
      await table.put(key(verdict.subject), StoredVerdict.parse(verdict), {
        attributes: attributesOf(verdict),
        condition: { expression: 'judgedAtMs = :turn', values: { ':turn': verdict.judgedAtMs } },
      });
    },
    incarnation: (cluster) => table.get({ pk: 'incarnations', sk: cluster }, Incarnation),
    putIncarnation: async (incarnation) => {
      await table.put({ pk: 'incarnations', sk: incarnation.cluster }, Incarnation.parse(incarnation));
    },
  };
}
