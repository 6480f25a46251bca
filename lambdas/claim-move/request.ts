/** From whatever somebody typed to a request that names things which exist, or one sentence that says what is wrong. */
import { ledFromHome, placedSet, placedSets, triggerAlarms } from '../../core/config/pair.ts';
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { clip } from '../../core/health/words.ts';
import { readShape, sayProblem, shown } from '../../core/contracts/shape.ts';
import { WorkflowInput } from '../../core/contracts/workflow.ts';
import type { ClaimMoveInput } from '../../core/contracts/workflow.ts';
import type { MoveRequest } from '../../core/move/facts.ts';

export interface Asked {
  readonly input: WorkflowInput;
  readonly placed: PlacedSet;
  readonly request: MoveRequest;
}

export type Reading =
  { readonly kind: 'asked'; readonly asked: Asked } | { readonly kind: 'invalid'; readonly sentence: string };

const EXAMPLE = '{"pair": "...", "clientSet": "...", "reason": "..."}';

/** @param region where this function runs: a set is moved from its refuge's region only */
export function readRequest(payload: ClaimMoveInput, config: PairConfig, region: string): Reading {
  if (typeof payload.input !== 'object' || payload.input === null || Array.isArray(payload.input))
    return invalid(`it is ${payload.input === undefined ? 'missing' : shown(payload.input)}; allowed: a JSON object`);
  const read = readShape(WorkflowInput, payload.input);
  if (read.kind === 'invalid') return invalid(read.problems.map((problem) => sayProblem(problem, 'it')).join('; '));
  const input = read.data;
  if (input.pair !== config.pair)
    return invalid(`pair is "${input.pair}", which is not handled here; allowed: "${config.pair}"`);
  const placed = placedSet(config, input.clientSet);
  if (!placed)
    return invalid(
      `clientSet is "${input.clientSet}", which is no client set of "${config.pair}"; allowed: ${quoted(placedSets(config).map(({ name }) => name))}`,
    );
  const problem =
    (input.refugeLost ? notHome(placed, region) : elsewhere(placed, region)) ??
    wrongMachine(payload, input) ??
    wrongAlarm(input, config) ??
    wrongTakeUp(input);
  return problem === undefined
    ? {
        kind: 'asked',
        asked: {
          input,
          placed: input.refugeLost ? ledFromHome(placed) : placed,
          request: requestOf(payload, input, config),
        },
      }
    : invalid(problem);
}

/** What an input asks for, as this execution's request. */
export function requestOf(payload: ClaimMoveInput, input: WorkflowInput, config: PairConfig): MoveRequest {
  const alarm =
    input.trigger === 'alarm'
      ? triggerAlarms(config).find(({ name, clientSet }) => name === input.alarm && clientSet === input.clientSet)
      : undefined;
  return {
    move: input.move ?? payload.machine,
    trigger: input.trigger,
    requestedBy: input.requestedBy,
    reason: input.reason,
    force: input.force,
    refugeLost: input.refugeLost,
    rebuiltHome: input.rebuiltHome,
    acceptDataLoss: input.acceptDataLoss,
    ...(input.expectedEpoch === undefined ? {} : { expectedEpoch: input.expectedEpoch }),
    ...(alarm ? { alarm: { name: alarm.name, starts: alarm.starts } } : {}),
    ...(input.incidentId === undefined ? {} : { incidentId: input.incidentId }),
    execution: payload.execution,
    startedAtMs: Date.parse(payload.startedAt),
    ...(payload.approvedBy === undefined ? {} : { approvedBy: payload.approvedBy }),
  };
}

const elsewhere = (placed: PlacedSet, region: string): string | undefined =>
  placed.controlRegion === region
    ? undefined
    : `clientSet "${placed.name}" is moved from ${placed.controlRegion}, the region of its refuge ${placed.refuge}, not from ${region}; start the workflow there`;

/** Whoever controls it otherwise may be lost with the refuge, or cut off from home. */
const notHome = (placed: PlacedSet, region: string): string | undefined =>
  placed.homeRegion === region
    ? undefined
    : `with refugeLost clientSet "${placed.name}" is moved from ${placed.homeRegion}, the region of its home ${placed.home}, not from ${region}; start the failback workflow there`;

function wrongMachine({ machine }: ClaimMoveInput, { move }: WorkflowInput): string | undefined {
  if (move === undefined || move === machine) return undefined;
  return `move is "${move}", which this workflow does not do; allowed here: "${machine}"; start the ${move} workflow instead`;
}

function wrongAlarm({ trigger, alarm, clientSet }: WorkflowInput, config: PairConfig): string | undefined {
  if (trigger !== 'alarm') return undefined;
  const known = triggerAlarms(config)
    .filter((row) => row.clientSet === clientSet)
    .map(({ name }) => name);
  if (alarm !== undefined && known.includes(alarm)) return undefined;
  return `alarm is ${alarm === undefined ? 'missing' : `"${alarm}"`}, which is not configured for "${clientSet}"; allowed: ${quoted(known)}; add it to "alarms" of the configuration`;
}

/** Taking up writes at once: it changes who owns the epoch. */
function wrongTakeUp({ takeUp, takeUpBy, dryRun }: WorkflowInput): string | undefined {
  if (takeUp !== undefined && dryRun) return 'takeUp and dryRun do not go together; leave takeUp out';
  return takeUpBy !== undefined && takeUp === undefined
    ? 'takeUpBy goes with takeUp only; use operate "take-up"'
    : undefined;
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ') || 'none';

const invalid = (problem: string): Reading => ({
  kind: 'invalid',
  sentence: `the input is not usable: ${clip(problem, MAX_PROBLEM)}; the least that is needed is ${EXAMPLE}`,
});

/** The sentence ends the execution as its cause, which Step Functions limits: an input may be long, what is said about it not. */
const MAX_PROBLEM = 2_000;
