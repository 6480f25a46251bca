/**
 * `--interrupt`: every step of both moves dies twice, in the deployed system. First the process of its function is killed
 * while it works; when Step Functions has called it again, the execution is stopped while that function works on.
 * The move must be taken up and end the same.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { names } from '../../core/config/pair.ts';
import { MOVES } from '../../core/contracts/primitives.ts';
import { FUNCTIONS } from '../../core/contracts/environment.ts';
import { emulatedAccount } from '../support/world/emulator.ts';
import type { Say, Stage } from './stage.ts';

const LOOK_MS = 100;
const SOON_MS = 10;
/** From the moment a function goes on to its death: another point of its work each time. */
const LATEST_KILL_MS = 8;

const STEPS = new Set<string>(
  Object.entries(FUNCTIONS).flatMap(([name, { trigger }]) => (trigger === 'workflow' ? [name] : [])),
);

/** An execution inside a Task. */
interface Looked {
  readonly execution: string;
  readonly state: string;
  /** Its function has been called and has not answered. */
  readonly working: boolean;
}

export interface Interrupted {
  readonly state: string;
  readonly killed: boolean;
  readonly stopped: boolean;
}

/** "Publish routing (draining)" is run by publish-routing. */
const stepOf = (state: string): string => state.split(' (')[0]!.toLowerCase().replaceAll(' ', '-');

/** It has answered long before a person does, so there is nothing to kill while the state lasts. */
const onlyWaits = (state: string): boolean => stepOf(state) === 'ask-operator';

/** After them nothing is left to take up, or what is taken up passes by: an approval once given is recorded. */
const isMetOnce = (state: string): boolean =>
  stepOf(state) === 'conclude-move' || state === 'Claim move (after the approval)';

export class Interruptions {
  readonly #stage: Stage;
  readonly #say: Say;
  readonly #client: SFNClient;
  readonly #machines: readonly string[];
  readonly #met = new Set<string>();
  readonly #killed = new Set<string>();
  readonly #missed = new Set<string>();
  readonly #stopped = new Set<string>();
  #attempts = 0;
  #work: Promise<void> | undefined;
  #ending = false;

  constructor(stage: Stage, set: string, say: Say) {
    const region = stage.cloud.regionOf(set);
    this.#stage = stage;
    this.#say = say;
    this.#client = new SFNClient({ region });
    this.#machines = MOVES.map(
      (machine) =>
        `arn:aws:states:${region}:${emulatedAccount}:stateMachine:${names.machine(stage.config.pair, machine)}`,
    );
  }

  start(): void {
    this.#work = this.#run();
  }

  /** Each Task that was entered, and what it went through. */
  async stop(): Promise<readonly Interrupted[]> {
    this.#ending = true;
    await this.#work;
    this.#signal(this.#processes().keys(), 'SIGCONT');
    return [...this.#met].map((state) => ({
      state,
      killed: this.#killed.has(state) || onlyWaits(state),
      stopped: this.#stopped.has(state),
    }));
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      const looks = await this.#looks();
      this.#freezeIdle(looks);
      for (const look of looks) await this.#interrupt(look);
      // Called again after a kill, a function works for no longer than its cold start: that must not fall between two looks.
      await delay([...this.#killed].every((state) => this.#stopped.has(state)) ? LOOK_MS : SOON_MS);
    }
  }

  /** A warm function answers between two looks. Frozen while it has nothing to do, it is met in the middle of its work. */
  #freezeIdle(looks: readonly Looked[]): void {
    const busy = new Set(looks.map(({ state }) => stepOf(state)));
    for (const [pid, step] of this.#processes()) if (!busy.has(step)) this.#signal([pid], 'SIGSTOP');
  }

  async #interrupt(look: Looked): Promise<void> {
    const { execution, state, working } = look;
    this.#met.add(state);
    if (!working || this.#stopped.has(state)) {
      this.#signal(this.#pidsOf(state), 'SIGCONT');
      return;
    }
    const isKilled = this.#killed.has(state) || onlyWaits(state);
    if (!isKilled && (await this.#kill(look))) return;
    // Also after a kill that came too late: taken up, the move comes here once more.
    const isStopped = await this.#stopExecution(execution);
    this.#signal(this.#pidsOf(state), 'SIGCONT');
    if (!isKilled || !isStopped) return;
    this.#stopped.add(state);
    this.#say(`interrupted: the execution is stopped in "${state}"`);
  }

  /** False: it had ended by itself between the look and now. */
  async #stopExecution(executionArn: string): Promise<boolean> {
    try {
      await this.#client.send(
        new StopExecutionCommand({ executionArn, error: 'Interrupted', cause: 'the drill stops it' }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.includes('not running')) return false;
      throw error;
    }
  }

  /** Counts only if the function died before its answer: the history tells. */
  async #kill({ execution, state }: Looked): Promise<boolean> {
    const before = (await this.#history(execution))[0]?.id ?? 0;
    const pids = await this.#pidsAtWork(state);
    // A second miss would only repeat the whole move, and some steps are not met a second time: these die before they begin.
    if (!this.#missed.has(state) && !isMetOnce(state)) {
      this.#signal(pids, 'SIGCONT');
      this.#attempts += 1;
      await delay(this.#attempts % LATEST_KILL_MS);
    }
    this.#signal(pids, 'SIGKILL');
    await delay(LOOK_MS);
    const after = await this.#history(execution);
    const hasDied = after.some(({ id = 0, type }) => id > before && type?.endsWith('Failed'));
    (hasDied ? this.#killed : this.#missed).add(state);
    if (hasDied) this.#say(`interrupted: ${stepOf(state)} is killed in "${state}"`);
    return hasDied;
  }

  #pidsOf(state: string): readonly number[] {
    return [...this.#processes()].flatMap(([pid, step]) => (step === stepOf(state) ? [pid] : []));
  }

  /** The emulator has called the function and may still be about to start its process. */
  async #pidsAtWork(state: string): Promise<readonly number[]> {
    const giveUpAtMs = Date.now() + 2_000;
    for (;;) {
      const pids = this.#pidsOf(state);
      if (pids.length > 0 || Date.now() > giveUpAtMs) return pids;
      await delay(10);
    }
  }

  /** Of the functions that are steps: pid to step. */
  #processes(): ReadonlyMap<number, string> {
    const prefix = names.fn(this.#stage.config.pair, '');
    const all = [...this.#stage.world.emulator.functionProcesses()];
    return new Map(
      all.flatMap(([pid, name]) => {
        const step = name.slice(prefix.length);
        return STEPS.has(step) ? [[pid, step] as const] : [];
      }),
    );
  }

  /** A process that has ended meanwhile needs no signal. */
  #signal(pids: Iterable<number>, signal: NodeJS.Signals): void {
    for (const pid of pids)
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
  }

  async #looks(): Promise<readonly Looked[]> {
    const lists = await Promise.all(
      this.#machines.map((stateMachineArn) =>
        this.#client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })),
      ),
    );
    const running = lists.flatMap(({ executions = [] }) => executions.flatMap((e) => e.executionArn ?? []));
    const looks = await Promise.all(running.map(async (arn) => lookAt(arn, await this.#history(arn))));
    return looks.filter((look) => look !== undefined);
  }

  /** Newest first. */
  async #history(executionArn: string): Promise<readonly HistoryEvent[]> {
    const command = new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 20 });
    return (await this.#client.send(command)).events ?? [];
  }
}

function lookAt(execution: string, events: readonly HistoryEvent[]): Looked | undefined {
  const at = events.findIndex(({ type = '' }) => type.endsWith('StateEntered') || type.endsWith('StateExited'));
  const entered = events[at];
  if (entered?.type !== 'TaskStateEntered') return undefined;
  const state = entered.stateEnteredEventDetails?.name;
  return state === undefined ? undefined : { execution, state, working: events[0]?.type === 'TaskScheduled' };
}

/** Why a run did not interrupt what it promised to; without `--interrupt` there is nothing to say. */
export function interruptionProblems(interrupted: readonly Interrupted[] | undefined): readonly string[] {
  if (interrupted === undefined) return [];
  if (interrupted.length === 0) return ['No step was met: nothing was interrupted.'];
  return interrupted.flatMap(({ state, killed, stopped }) => [
    ...(killed ? [] : [`"${state}" was not killed at work.`]),
    ...(stopped ? [] : [`No execution was stopped in "${state}".`]),
  ]);
}
