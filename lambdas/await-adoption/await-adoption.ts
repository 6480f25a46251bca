/** Waits until the clients of a set follow its newest routing value: by their acknowledgements, or by what Kafka shows. */
import { placedSet, remoteTopicOf, type PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { topicsToRead, type Routing } from '../../core/contracts/routing.ts';
import { AdoptionMemory, remembered } from '../../core/contracts/stage-data.ts';
import type { StageRecord } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { checkFence } from '../../core/move/fence.ts';
import { undoSentence } from '../../core/move/undo.ts';
import { isLedFromHome } from '../../core/move/without-refuge.ts';
import {
  acknowledgedByAll,
  expectedClients,
  judgeAdoption,
  missingClients,
  type AdoptionRules,
  type AdoptionVerdict,
} from '../../core/routing/adoption.ts';
import { judgeOwnership, type Ownership } from '../../core/routing/ownership.ts';
import { progressOf, targetOf } from '../../core/routing/plan.ts';
import { judgeEndsLeft, sendsProducers, type EndsLeft } from '../../core/routing/producers.ts';
import type { Ports } from '../ports.ts';
import { answer, noteStage } from '../shared/stage-record.ts';

export type AdoptionPorts = Pick<Ports, 'control' | 'kafka' | 'clock' | 'log'>;
type Result = StepResult<'await-adoption'>;

export const awaitAdoption =
  (ports: AdoptionPorts, config: PairConfig) =>
  async (input: StepInput): Promise<Result> => {
    const placed = placedSet(config, input.clientSet);
    if (placed === undefined)
      throw new Error(
        `no client set "${input.clientSet}" in pair "${config.pair}"; it was in the configuration when epoch ${input.epoch} was claimed`,
      );
    const fence = checkFence(await ports.control.readSet(input.clientSet), input);
    if (fence.kind === 'superseded') return answer('superseded', fence.sentence, [fence.sentence]);
    const { undo } = fence.claim;
    if (undo !== undefined && input.phase !== 'home') return answer('undone', undoSentence(undo, input));
    if (isLedFromHome(fence.state) && input.phase === 'home')
      return answer(
        'adopted',
        'clients are at home already; from now on they acknowledge to their controller as before',
      );
    const { routing } = fence.state;
    const early = routing === undefined ? notPublished(input) : stageMismatch(input, routing, placed);
    if (early !== undefined || routing === undefined) return early ?? notPublished(input);

    const record = await ports.control.stage(input.clientSet, input.epoch, input.stage);
    const look: Look = {
      ports,
      config,
      placed,
      input,
      routing,
      claimedAtMs: fence.claim.claimedAtMs,
      memory: memoryOf(record, ports.clock.nowMs()),
    };
    const { verdict, memory } = await judge(look);
    await noteStage(ports, input, { kind: verdict.kind, sentence: verdict.sentence, data: memory });
    return { ...verdict, waitSeconds: config.moves.pollSeconds };
  };

interface Look {
  readonly ports: AdoptionPorts;
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  readonly input: StepInput;
  readonly routing: Routing;
  readonly claimedAtMs: number;
  readonly memory: AdoptionMemory;
}

/** A look after a hold starts a new window: whoever resumed has just changed something and deserves the full time. */
function memoryOf(record: StageRecord | null, nowMs: number): AdoptionMemory {
  const before = record === null || record.kind === 'held' ? undefined : remembered(AdoptionMemory, record.data);
  return before ?? { windowStartMs: nowMs };
}

const notPublished = (input: StepInput): Result =>
  answer(
    'held',
    `nothing is published for "${input.stage}" of epoch ${input.epoch}; resume with the publish step, or abort`,
  );

function stageMismatch(input: StepInput, routing: Routing, placed: PlacedSet): Result | undefined {
  const present = routing.epoch === input.epoch ? progressOf(input.move, routing.phase, targetOf(routing, placed)) : 0;
  const wanted = progressOf(input.move, input.phase, input.target);
  if (present < wanted) return notPublished(input);
  if (present > wanted)
    return answer('adopted', `"${input.stage}" is over: revision ${routing.revision} of a later stage stands`);
  return undefined;
}

async function judge(look: Look): Promise<{ readonly verdict: AdoptionVerdict; readonly memory: AdoptionMemory }> {
  const { ports, config, placed, input, routing, claimedAtMs } = look;
  const rules: AdoptionRules = {
    adoptionSeconds: config.moves.adoptionSeconds,
    clientSilentSeconds: config.moves.clientSilentSeconds,
    assumeProducersAfterSeconds: placed.set.assumeProducersAdoptedAfterSeconds,
  };
  const clients = await ports.control.adoptions(input.clientSet);
  const asked = { clients, claimedAtMs, rules, revision: routing.revision, target: input.target };
  const ownership: Ownership = acknowledgedByAll(asked)
    ? { kind: 'unknown', because: 'not looked at, all acknowledged' }
    : await readOwnership(look);
  const silent =
    rules.assumeProducersAfterSeconds === undefined &&
    sendsProducers(input) &&
    expectedClients(asked, 'producer').length === 0;
  const watched = input.target !== 'consumers' && (silent || missingClients(asked, 'producer').length > 0);
  const { memory, endsLeft } = watched
    ? await watchEnds(look, rules.clientSilentSeconds)
    : { memory: look.memory, endsLeft: { kind: 'unknown', because: 'nobody looked' } as const };
  const nowMs = ports.clock.nowMs();
  return {
    verdict: judgeAdoption({
      ...asked,
      phase: input.phase,
      nowMs,
      windowStartMs: memory.windowStartMs,
      ownership,
      endsLeft,
      homeOnly: placed.set.groups.filter(({ mode }) => mode === 'home-only').map(({ id }) => id),
    }),
    memory,
  };
}

/**
 * The set's groups on the cluster its consumers are sent to. Groups that always read both topics show nothing by
 * what they own, so they are left out; a cluster that cannot be read is "unknown", never "nobody".
 */
async function readOwnership({ ports, placed, input, routing }: Look): Promise<Ownership> {
  if (input.target === 'producers') return { kind: 'unknown', because: 'not looked at, this step is about producers' };
  const ids = placed.set.groups.filter((group) => group.mode !== 'reads-remote').map((group) => group.id);
  if (ids.length === 0) return { kind: 'unknown', because: 'all groups of the set read both topics at all times' };
  const expected = topicsToRead(routing);
  const remote = placed.set.topics.map((topic) => remoteTopicOf(placed, topic));
  const left = routing.consumers.cluster === placed.refuge && routing.consumers.read === 'local' ? remote : [];
  try {
    const reader = ports.kafka.reader(routing.consumers.cluster);
    const [groups, counts] = await Promise.all([reader.groups(ids), reader.partitionCounts(expected)]);
    return judgeOwnership({ groups, counts, expected, left });
  } catch (error) {
    const because = `${routing.consumers.cluster} could not be read: ${error instanceof Error ? error.message : String(error)}`;
    ports.log.warn('the groups could not be looked at; acknowledgements alone count', { because });
    return { kind: 'unknown', because };
  }
}

/** Log ends where producers are to leave: unchanged for long means that nobody writes there any more. */
async function watchEnds(
  { ports, placed, routing, memory }: Look,
  silentSeconds: number,
): Promise<{ readonly memory: AdoptionMemory; readonly endsLeft: EndsLeft }> {
  const left = routing.producers.cluster === placed.home ? placed.refuge : placed.home;
  try {
    const { topics } = placed.set;
    const ends = await ports.kafka.reader(left).ends(topics);
    const { seen, endsLeft } = judgeEndsLeft({
      ends,
      topics,
      cluster: left,
      nowMs: ports.clock.nowMs(),
      silentSeconds,
      before: memory.endsLeft,
    });
    return { memory: { windowStartMs: memory.windowStartMs, ...(seen && { endsLeft: seen }) }, endsLeft };
  } catch (error) {
    ports.log.info('a cluster cannot be read, so its log ends say nothing about producers', {
      cluster: left,
      because: String(error),
    });
    const because = `${left} could not be read: ${error instanceof Error ? error.message : String(error)}`;
    return { memory: { windowStartMs: memory.windowStartMs }, endsLeft: { kind: 'unknown', because } };
  }
}
