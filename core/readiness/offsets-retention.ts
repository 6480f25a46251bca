/** How long brokers keep positions that nobody works with, against how often they are renewed and how long a stay may last. */
import type { Finding, Settings } from '../contracts/readiness.ts';
import { seconds } from '../health/words.ts';
import { RENEW_EVERY_MS } from '../positions/renewal.ts';
import { keepPositionsFor } from './commands.ts';
import type { LookCheck, Side } from './preparation.ts';
import { ifRead, informs, unknown, warns } from './preparation.ts';

export const OFFSETS_RETENTION = 'offsets.retention.minutes';

const MINUTE_MS = 60_000;

/** null = the broker does not tell. */
export function retentionMsOf(settings: Settings): number | null {
  const minutes = Number(settings[OFFSETS_RETENTION] ?? Number.NaN);
  return Number.isFinite(minutes) ? minutes * MINUTE_MS : null;
}

export const checkOffsetsRetention: LookCheck = ({ home, refuge, look, rules }) =>
  [
    // A failback sets the positions at home anyway; who leads clients home by hand does not.
    { side: home, brokers: look.home.brokers, longestMs: rules.longestOutageMs },
    { side: refuge, brokers: look.refuge.brokers, longestMs: 0 },
  ].flatMap(({ side, brokers, longestMs }) =>
    brokers === undefined
      ? []
      : ifRead('offsets-retention', side.alias, `${OFFSETS_RETENTION} of the brokers`, brokers, (settings) =>
          ofSide(side, settings, longestMs),
        ),
  );

function ofSide(side: Side, brokers: Readonly<Record<string, Settings>>, longestMs: number): readonly Finding[] {
  const told = Object.entries(brokers).map(([broker, settings]) => ({ broker, keptMs: retentionMsOf(settings) }));
  const known = told.flatMap(({ broker, keptMs }) => (keptMs === null ? [] : [{ broker, keptMs }]));
  const [shortest] = known.toSorted((a, b) => a.keptMs - b.keptMs);
  return [
    ...told.flatMap(({ broker, keptMs }) => (keptMs === null ? [untold(side, broker)] : [])),
    ...(shortest ? tooShort(side, shortest, longestMs) : []),
  ];
}

const untold = ({ alias }: Side, broker: string): Finding =>
  unknown('offsets-retention', {
    cluster: alias,
    subject: OFFSETS_RETENTION,
    sentence: `broker ${broker} of ${alias} does not tell ${OFFSETS_RETENTION}: how long it keeps positions that nobody works with is not known`,
    fix: `look at ${OFFSETS_RETENTION} in the configuration of broker ${broker}`,
  });

function tooShort(
  side: Side,
  { broker, keptMs }: { readonly broker: string; readonly keptMs: number },
  longestMs: number,
): readonly Finding[] {
  const found = { cluster: side.alias, subject: OFFSETS_RETENTION };
  const kept = `positions that nobody works with expire at ${side.alias} after ${seconds(keptMs)} (${OFFSETS_RETENTION}=${keptMs / MINUTE_MS} of broker ${broker})`;
  if (keptMs <= RENEW_EVERY_MS)
    return [
      warns('offsets-retention', {
        ...found,
        sentence: `${kept}, and are renewed every ${seconds(RENEW_EVERY_MS)}: in between there is none until the next turn writes it again, and whoever moves clients by hand just then leaves them to auto.offset.reset`,
        fix: keepPositionsFor(side, Math.max(2 * RENEW_EVERY_MS, longestMs) / MINUTE_MS),
      }),
    ];
  if (keptMs >= longestMs) return [];
  return [
    informs('offsets-retention', {
      ...found,
      sentence: `${kept}, outages are to last up to ${seconds(longestMs)}: after a longer one a failback sets the positions there from what was stored, but whoever leads clients home by hand finds none`,
      fix: keepPositionsFor(side, Math.ceil(longestMs / MINUTE_MS)),
    }),
  ];
}
