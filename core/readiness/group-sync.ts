/** MirrorMaker 2's own group sync: whether it writes positions that this project writes. */
import type { Settings } from '../contracts/readiness.ts';
import type { LookCheck } from './preparation.ts';
import { unknown, warns } from './preparation.ts';

/** MirrorMaker 2's own sync writes positions of groups while they are empty: two writers, and the older value may win. */
export const checkGroupSync: LookCheck = (facts) => {
  const { home, refuge, place, look } = facts;
  const flow = `${home.alias}->${refuge.alias}`;
  if (look.outbound.connectors.kind === 'unread') return []; // told by mirror-settings
  const syncing = Object.values(look.outbound.connectors.value).filter(
    (settings) => settings['sync.group.offsets.enabled'] === 'true',
  );
  return place.groups.flatMap(({ id }) => {
    const verdicts = syncing.map((settings) => covers(settings, id));
    const found = {
      cluster: refuge.alias,
      subject: id,
      fix: `set ${flow}.sync.group.offsets.enabled = false in the properties of MirrorMaker 2, or add the group to ${flow}.groups.exclude`,
    };
    if (verdicts.includes('yes'))
      return [
        warns('group-sync', {
          ...found,
          sentence: `MirrorMaker 2 writes positions of group "${id}" at ${refuge.alias} too (sync.group.offsets.enabled): it may set them back after a pin`,
        }),
      ];
    return verdicts.includes('unknown')
      ? [
          unknown('group-sync', {
            ...found,
            sentence: `MirrorMaker 2 writes positions of groups at ${refuge.alias}; whether "${id}" is among them is not readable from its patterns`,
          }),
        ]
      : [];
  });
};

const EXCLUDED_GROUPS = 'console-consumer-.*,connect-.*,__.*';

function covers(settings: Settings, group: string): 'yes' | 'no' | 'unknown' {
  const included = matchesAny(settings['groups'] ?? '.*', group);
  const excluded = matchesAny(settings['groups.exclude'] ?? EXCLUDED_GROUPS, group);
  if (included === false || excluded === true) return 'no';
  return included === undefined || excluded === undefined ? 'unknown' : 'yes';
}

/** Java's patterns are read as ours; what only Java understands is not guessed at. */
function matchesAny(patterns: string, group: string): boolean | undefined {
  const each = patterns
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
    .map((pattern) => {
      try {
        return new RegExp(`^(?:${pattern})$`).test(group);
      } catch {
        return undefined;
      }
    });
  if (each.includes(true)) return true;
  return each.includes(undefined) ? undefined : false;
}
