/** A change of the configuration reaches clients: the set's value is replaced here, reconcile writes it to the regions. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import { moveRulesOf } from '../../core/move/facts.ts';
import { whyPaused } from '../../core/move/pause.ts';
import {
  decideRefresh,
  refreshedState,
  topicsAtHome,
  wantedRouting,
  type RefreshDecision,
  type RefreshFacts,
} from '../../core/routing/refresh.ts';
import { readRegions } from '../shared/routing-regions.ts';
import { widePauses } from '../shared/wide-pauses.ts';
import type { Desk } from './desk.ts';

type Command = CommandNamed<'refresh'>;

/** Whoever wrote meanwhile is looked at again: a pause that ended is no reason to refuse, a claim or another refresh answers itself. */
const ATTEMPTS = 3;

export async function refresh(desk: Desk, command: Command): Promise<OperateAnswer> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const facts = await gather(desk, command);
    const decision = decideRefresh(facts);
    if (command.dryRun) return preview(decision);
    await record(desk, command, facts, decision);
    if (decision.kind !== 'refresh') return decision;
    const written = await desk.ports.control.writeSet(refreshedState(facts.state!, decision.routing));
    if (written === 'written') return done(desk, facts, decision);
  }
  return {
    kind: 'refused',
    sentence: `the state of "${desk.sets[0]!.name}" changes all the time; look at its status, then ask again`,
  };
}

async function gather({ ports, config, sets }: Desk, { reason, firstStart }: Command): Promise<RefreshFacts> {
  const placed = sets[0]!;
  const [state, readings, wide, samples] = await Promise.all([
    ports.control.readSet(placed.name),
    readRegions(ports, placed),
    widePauses(ports),
    ports.control.homeSamples(placed.name),
  ]);
  const nowMs = ports.clock.nowMs();
  return {
    clientSet: placed.name,
    home: placed.home,
    refuge: placed.refuge,
    state,
    wanted: wantedRouting({ config, placed, state, readings, reason, nowMs }),
    readings,
    paused: state === null ? [] : whyPaused(state, placed, { ...wide, nowMs }),
    atHome: topicsAtHome(placed, samples, nowMs - moveRulesOf(config).foundStaleMs),
    firstStart,
  };
}

function preview(decision: RefreshDecision): OperateAnswer {
  return decision.kind === 'refresh'
    ? { kind: 'done', sentence: `would be: ${decision.sentence}; nothing was written`, reasons: [...decision.changes] }
    : decision;
}

function done(
  { sets }: Desk,
  { readings }: RefreshFacts,
  { sentence, changes }: Extract<RefreshDecision, { kind: 'refresh' }>,
): OperateAnswer {
  const unreachable = readings.flatMap((reading) =>
    reading.kind === 'unreachable'
      ? [`${reading.region} is not reached now (${reading.because}); it is tried again each minute`]
      : [],
  );
  return {
    kind: 'done',
    sentence: `${sentence}; reconcile writes it to ${sets[0]!.clientRegions.join(', ')} within a minute`,
    reasons: [...changes, ...unreachable],
  };
}

/** Before anything is written, with all it was decided from. That there was nothing to do is no decision. */
async function record(
  { ports, config, sets, here }: Desk,
  { by, reason }: Command,
  facts: RefreshFacts,
  decision: RefreshDecision,
): Promise<void> {
  if (decision.kind === 'nothing' || facts.state === null) return;
  const { name } = sets[0]!;
  const { epoch, version } = facts.state;
  const atMs = ports.clock.nowMs();
  const kind = decision.kind === 'refresh' ? 'refresh' : 'refresh-refused';
  await ports.control.putDecision({
    id: `${name}-${atMs}-${kind}-${version}`,
    pair: config.pair,
    clientSet: name,
    atMs,
    epochSeen: epoch,
    // Of a routing value it says nothing (`aboutOf`).
    move: 'failback',
    trigger: 'manual',
    requestedBy: by,
    kind,
    sentence: decision.sentence,
    reasons: [reason, ...(decision.kind === 'refresh' ? decision.changes : [])],
    guards: [],
    inputs: { refresh: facts },
    configVersion: here.configVersion,
  });
}
