/** Pauses of a client set, of a cluster, of the pair. Recorded with each set they are about before they are written. */
import { setsControlledFrom } from '../../core/config/pair.ts';
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { Pause, PauseScope } from '../../core/contracts/tables.ts';
import { isAbout, pauseScopeText, pauseSentence, standingPauses } from '../../core/move/pause.ts';
import type { Desk } from './desk.ts';
import { apply, recordCommand } from './settings.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

/** What the command is about, where it is more than one set. */
const scopeOf = ({ clientSet, cluster }: CommandNamed<'pause' | 'unpause'>): PauseScope | undefined =>
  clientSet !== undefined ? undefined : cluster === undefined ? { kind: 'pair' } : { kind: 'cluster', cluster };

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
  await desk.ports.control.putPause({ ...set, scope });
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
  const present = (await desk.ports.control.pauses()).find((one) => sameScope(one.scope, scope));
  if (present === undefined)
    return { kind: 'nothing', sentence: `${pauseScopeText(scope)} is not paused here${await othersText(desk)}` };
  await recordWide(desk, scope, { command: 'unpause', by, because: `${pauseScopeText(scope)}: the pause is over` });
  await desk.ports.control.removePause(scope);
  return {
    kind: 'done',
    sentence: `${pauseScopeText(scope)} is no longer paused, for ${aboutText(desk, scope)}${await othersText(desk)}`,
  };
}

const sameScope = (a: PauseScope, b: PauseScope): boolean =>
  a.kind === b.kind && (a.kind === 'pair' || (b.kind === 'cluster' && a.cluster === b.cluster));

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
  const pauses = await ports.control.pauses();
  const nowMs = ports.clock.nowMs();
  const states = await Promise.all(
    sets.map(async (placed) => ({ placed, state: await ports.control.readSet(placed.name) })),
  );
  const standing = states.flatMap(({ placed, state }) =>
    standingPauses(state ?? { clientSet: placed.name }, placed, { pauses, nowMs }).map(pauseSentence),
  );
  return standing.length === 0 ? '' : `; still: ${[...new Set(standing)].join('; ')}`;
}

/** A controller speaks for its own sets only: whoever pauses everything must know who else has to be told. */
function aboutText(desk: Desk, scope: PauseScope): string {
  const { config, here } = desk;
  const named = setsAbout(desk, scope).map(({ name }) => `"${name}"`);
  const elsewhere = Object.values(config.clusters)
    .map(({ region }) => region)
    .filter((region) => region !== here.region)
    .filter((region) => setsControlledFrom(config, region).some((placed) => isAbout({ scope }, placed)));
  const rest = elsewhere.length === 0 ? '' : `; sets controlled from ${elsewhere.join(', ')} are told there`;
  return `${named.join(', ') || 'no set'} (controlled from ${here.region})${rest}`;
}
