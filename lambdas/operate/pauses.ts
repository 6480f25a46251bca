/** Pauses of a client set, of a cluster, of the pair, of every pair. Recorded with each set they are about before they are written. */
import { setsControlledFrom } from '../../core/config/pair.ts';
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { Pause, PauseScope, ScopedPause } from '../../core/contracts/tables.ts';
import { isAbout, pauseScopeText, whyPaused } from '../../core/move/pause.ts';
import { widePauses } from '../shared/wide-pauses.ts';
import type { Desk } from './desk.ts';
import { apply, recordCommand } from './settings.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

/** What the command is about, where it is more than one set. */
function scopeOf({ clientSet, cluster, all }: CommandNamed<'pause' | 'unpause'>): PauseScope | undefined {
  if (all) return { kind: 'all' };
  if (clientSet !== undefined) return undefined;
  return cluster === undefined ? { kind: 'pair' } : { kind: 'cluster', cluster };
}

const MEANS = 'nothing automatic is started and no parameter is repaired';

export async function pause(desk: Desk, command: CommandNamed<'pause'>): Promise<OperateAnswer> {
  const setAtMs = desk.ports.clock.nowMs();
  const untilMs = setAtMs + Math.round(command.minutes * 60_000);
  const { by: owner, reason } = command;
  const set: Pause = { owner, reason, untilMs, setAtMs };
  const because = `${reason} (until ${iso(untilMs)})`;
  const scope = scopeOf(command);
  if (scope === undefined)
    return apply(desk, { command: 'pause', by: owner, because }, (state) => ({
      next: { ...state, pause: set },
      sentence: `"${state.clientSet}" is paused by ${owner} until ${iso(untilMs)}: ${reason}; ${MEANS}`,
    }));
  await recordWide(desk, scope, { command: 'pause', by: owner, because: `${pauseScopeText(scope)}: ${because}` });
  const missed = await putWide(desk, { ...set, scope });
  if (missed !== undefined) return missed;
  return {
    kind: 'done',
    sentence: `${pauseScopeText(scope)} is paused by ${owner} until ${iso(untilMs)}: ${reason}; ${MEANS} for ${aboutText(desk, scope)}`,
  };
}

export async function unpause(desk: Desk, command: CommandNamed<'unpause'>): Promise<OperateAnswer> {
  const { by } = command;
  const scope = scopeOf(command);
  if (scope === undefined)
    return apply(desk, { command: 'unpause', by, because: 'the pause is over' }, (state) => {
      const { pause: present, ...rest } = state;
      return present === undefined
        ? { nothing: `"${state.clientSet}" is not paused itself` }
        : { next: rest, sentence: `"${state.clientSet}" is no longer paused` };
    });
  const wide = await widePauses(desk.ports);
  if (scope.kind === 'all' && wide.abovePairs?.kind === 'unknown') return notReached(desk, wide.abovePairs.because);
  const present = wide.pauses.find((one) => sameScope(one.scope, scope));
  if (present === undefined)
    return { kind: 'nothing', sentence: `${pauseScopeText(scope)} is not paused here${await othersText(desk)}` };
  await recordWide(desk, scope, { command: 'unpause', by, because: `${pauseScopeText(scope)}: the pause is over` });
  const missed = await removeWide(desk, scope);
  if (missed !== undefined) return missed;
  return {
    kind: 'done',
    sentence: `${pauseScopeText(scope)} is no longer paused, for ${aboutText(desk, scope)}${await othersText(desk)}`,
  };
}

const sameScope = (a: PauseScope, b: PauseScope): boolean =>
  a.kind === 'cluster' ? b.kind === 'cluster' && a.cluster === b.cluster : a.kind === b.kind;

/** The pair's own table has to take it, as every command; of the one above the pairs the answer says that it did not. */
async function putWide(desk: Desk, { scope, ...pause }: ScopedPause): Promise<OperateAnswer | undefined> {
  if (scope.kind === 'all') return onShared(desk, (shared) => shared.putPause(pause));
  await desk.ports.control.putPause({ ...pause, scope });
  return undefined;
}

async function removeWide(desk: Desk, scope: PauseScope): Promise<OperateAnswer | undefined> {
  if (scope.kind === 'all') return onShared(desk, (shared) => shared.removePause());
  await desk.ports.control.removePause(scope);
  return undefined;
}

async function onShared(
  desk: Desk,
  write: (shared: NonNullable<Desk['ports']['shared']>) => Promise<void>,
): Promise<OperateAnswer | undefined> {
  const { shared } = desk.ports;
  if (shared === null) throw new Error('operate.ts lets nobody speak for every pair without a shared table');
  try {
    await write(shared);
    return undefined;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return notReached(desk, `shared table ${shared.table} did not answer: ${because}`);
  }
}

/** While it cannot be read nothing is started without a person anyway (G7-known). */
const notReached = ({ here }: Desk, because: string): OperateAnswer => ({
  kind: 'refused',
  sentence: `whether every pair is paused in ${here.region} could not be changed: ${because}; look at the status, and pause each pair for itself`,
});

const setsAbout = ({ config, here }: Desk, scope: PauseScope) =>
  setsControlledFrom(config, here.region).filter((placed) => isAbout({ scope }, placed));

async function recordWide(
  desk: Desk,
  scope: PauseScope,
  recorded: { readonly command: string; readonly by: string; readonly because: string },
): Promise<void> {
  for (const { name } of setsAbout(desk, scope)) {
    const epoch = (await desk.ports.control.readSet(name))?.epoch ?? 0;
    await recordCommand(desk, name, { ...recorded, epoch });
  }
}

/** Ending a wide pause ends no narrower one: somebody else may have set that. */
async function othersText({ ports, sets }: Desk): Promise<string> {
  const wide = await widePauses(ports);
  const nowMs = ports.clock.nowMs();
  const states = await Promise.all(
    sets.map(async (placed) => ({ placed, state: await ports.control.readSet(placed.name) })),
  );
  const standing = states.flatMap(({ placed, state }) =>
    whyPaused(state ?? { clientSet: placed.name }, placed, { ...wide, nowMs }),
  );
  return standing.length === 0 ? '' : `; still: ${[...new Set(standing)].join('; ')}`;
}

/** A controller speaks for its own sets only: whoever pauses everything must know who else has to be told. */
function aboutText(desk: Desk, scope: PauseScope): string {
  const { config, here } = desk;
  const { shared } = desk.ports;
  const named = setsAbout(desk, scope).map(({ name }) => `"${name}"`);
  const elsewhere = Object.values(config.clusters)
    .map(({ region }) => region)
    .filter((region) => region !== here.region)
    .filter((region) => setsControlledFrom(config, region).some((placed) => isAbout({ scope }, placed)));
  const rest = elsewhere.length === 0 ? '' : `; sets controlled from ${elsewhere.join(', ')} are told there`;
  const others =
    scope.kind === 'all' && shared !== null
      ? `, and for every other pair that names table ${shared.table}, as far as it is controlled from here`
      : '';
  return `${named.join(', ') || 'no set'} (controlled from ${here.region})${rest}${others}`;
}
