/** Per client set: is it ready to move, and does an outage or a recovery ask for a move now. Level-triggered: said again while it stands. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { clusterOf } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { SetState, StoredVerdict } from '../../core/contracts/tables.ts';
import { currentVerdict, remember } from '../../core/health/memory.ts';
import { runningRulesOf } from '../../core/health/rules.ts';
import { clusterSubject, flowSubject, setSubject } from '../../core/health/subjects.ts';
import type { Call } from '../../core/move/call.ts';
import { callFor } from '../../core/move/call.ts';
import { homeIdentityOf, moveRulesOf, placeOf } from '../../core/move/facts.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { judgeReadiness } from '../../core/move/readiness.ts';
import { readinessDocument } from '../../core/readiness/document.ts';
import { tellBus, type Told } from '../shared/tell.ts';
import { gatherLimits } from '../gather/limits.ts';
import type { AssessPorts, Flow } from './gather.ts';
import { store, tellChange } from './news.ts';
import { assessOldSide } from './old-side.ts';
import { changedEvent, countFindings, readinessNews, readLooks, type ReadinessMemory } from './readiness.ts';

interface SetTurn {
  readonly placed: PlacedSet;
  readonly verdicts: ReadonlyMap<string, StoredVerdict>;
  readonly flows: readonly Flow[];
  readonly nowMs: number;
}

/** What the set's verdict keeps for the next turn. */
interface SetMemory extends ReadinessMemory {
  readonly event?: Call['event'];
  readonly emittedAtMs?: number;
}

export async function assessSet(ports: AssessPorts, config: PairConfig, turn: SetTurn): Promise<void> {
  const { placed, nowMs } = turn;
  const state = await ports.control.readSet(placed.name);
  if (!state) return;
  const subject = setSubject(placed.name);
  const previous = await ports.control.verdict(subject);
  const facts = await factsOf(ports, config, turn, state);
  const memory = (previous?.data ?? {}) as Partial<SetMemory>;
  // First of all: nothing that is only written up for people may keep an outage from being told.
  const kept = await tellCall(ports, config, { placed, state, call: callFor(facts), nowMs }, memory);
  const readiness = judgeReadiness(facts);
  const looks = await readLooks(ports, placed, turn.flows);
  const document = readinessDocument(config, placed, { facts, readiness }, looks);
  const { kind, sentence } = readiness;
  const judged = remember(previous, { subject, kind, sentence, data: kept }, { rules: runningRulesOf(config), nowMs });
  const news = readinessNews(judged, memory, document);
  await store(ports, news.pending);
  countFindings(ports, config, document);
  ports.metrics.put('NotReady', readiness.kind === 'NOT_READY' ? 1 : 0, 'Count', {
    pair: config.pair,
    clientSet: placed.name,
  });
  if (news.told) await tellChange(ports, news.told, changedEvent(config, document));
  await assessOldSide(ports, config, placed, facts);
}

interface Calling {
  readonly placed: PlacedSet;
  readonly state: SetState;
  readonly call: Call | undefined;
  readonly nowMs: number;
}

/** Tells what stands when it is due. @returns what the verdict keeps of it */
async function tellCall(
  ports: AssessPorts,
  config: PairConfig,
  { call, ...at }: Calling,
  memory: Partial<SetMemory>,
): Promise<Pick<SetMemory, 'event' | 'emittedAtMs'>> {
  if (call === undefined) return {};
  const due = isDue(memory, call, config, at.nowMs);
  const told = due && (await emit(ports, config, { ...at, call })) === 'told';
  return told ? { event: call.event, emittedAtMs: at.nowMs } : pick(memory);
}

const pick = ({ event, emittedAtMs }: Partial<SetMemory>): Pick<SetMemory, 'event' | 'emittedAtMs'> => ({
  ...(event === undefined ? {} : { event }),
  ...(emittedAtMs === undefined ? {} : { emittedAtMs }),
});

/** Again after six probe intervals: a minute by default, so a lost event costs a minute and no more. */
const REPEAT_INTERVALS = 6;

const isDue = ({ event, emittedAtMs }: Partial<SetMemory>, call: Call, { probe }: PairConfig, nowMs: number): boolean =>
  event !== call.event ||
  emittedAtMs === undefined ||
  Math.abs(nowMs - emittedAtMs) >= REPEAT_INTERVALS * probe.intervalSeconds * 1000;

async function emit(
  ports: AssessPorts,
  config: PairConfig,
  { placed, state, call, nowMs }: Calling & { readonly call: Call },
): Promise<Told> {
  ports.log.info(call.event, { clientSet: placed.name, sentence: call.sentence, incidentId: call.incidentId });
  const detail = {
    pair: config.pair,
    clientSet: placed.name,
    cluster: placed.home,
    epoch: state.epoch,
    incidentId: call.incidentId,
    observedAtMs: nowMs,
    sentence: call.sentence,
  };
  return tellBus(ports, { name: call.event, detail });
}

async function factsOf(
  ports: AssessPorts,
  config: PairConfig,
  { placed, verdicts, flows, nowMs }: SetTurn,
  state: SetState,
): Promise<MoveFacts> {
  const looks = flows.find(({ source }) => source === placed.home)?.looks ?? [];
  const verdict = (subject: string) => currentVerdict(subject, verdicts.get(subject) ?? null, 0, nowMs);
  const [found, incarnation, limits] = await Promise.all([
    ports.observations.newestSet(placed.name),
    ports.control.incarnation(placed.home),
    gatherLimits(ports, config, {
      placed,
      state,
      request: { move: 'failover', rebuiltHome: false },
      looks: async () => looks,
      lossAtMs: nowMs,
    }),
  ]);
  return {
    nowMs,
    stance: 'before-claim',
    request: {
      move: 'failover',
      trigger: 'automatic',
      requestedBy: 'assess',
      reason: 'readiness',
      force: false,
      refugeLost: false,
      rebuiltHome: false,
      acceptDataLoss: false,
      execution: 'none',
      startedAtMs: nowMs,
    },
    place: placeOf(placed),
    state,
    verdicts: {
      home: verdict(clusterSubject(placed.home)),
      refuge: verdict(clusterSubject(placed.refuge)),
      outbound: verdict(flowSubject(placed.home, placed.refuge)),
      inbound: verdict(flowSubject(placed.refuge, placed.home)),
    },
    found,
    ...homeIdentityOf(clusterOf(config, placed.home).expectedClusterId, incarnation),
    ...limits,
    // Nobody outside is asked every few seconds: that belongs to a start, or to a dry run of one.
    scratch: null,
    veto: null,
    rules: moveRulesOf(config),
  };
}
