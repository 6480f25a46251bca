/** Offset syncs that are missing: which positions rest on a proof instead, and which on what the set has declared. */
import type { IncompleteHistory, MissingSyncs } from '../contracts/primitives.ts';
import { firstOf } from '../health/words.ts';
import { tailName } from '../move/tail.ts';
import { keepSyncs } from './mirror.ts';
import type { Check, Preparation } from './preparation.ts';
import { informs, warns } from './preparation.ts';

/** One finding for what nothing proves, one for what is proven. */
export const checkHistory: Check = (facts) => {
  const { place, refuge, incompleteHistory } = facts;
  const open = partitionsWith(facts, 'unproven');
  const proven = partitionsWith(facts, 'proven');
  // Kept longer, syncs are not missing the next time; what is gone does not come back.
  const found = { cluster: refuge.alias, fix: keepSyncs(facts) };
  return [
    ...(open.length === 0
      ? []
      : [
          warns('incomplete-history', {
            ...found,
            subject: place.clientSet,
            sentence: `offset syncs are missing for ${named(open)}, and nothing proves that they hide no re-send; ${CONSEQUENCE[incompleteHistory]}`,
          }),
        ]),
    ...(proven.length === 0
      ? []
      : [
          informs('incomplete-history', {
            ...found,
            subject: `${place.clientSet} (proven)`,
            sentence: `offset syncs alone do not answer for ${named(proven)}: some are missing, or do not show a re-send whole; the remote topics themselves prove that nothing is skipped`,
          }),
        ]),
  ];
};

const CONSEQUENCE: Readonly<Record<IncompleteHistory, string>> = {
  'log-start':
    'incompleteHistory is "log-start": after a move these groups repeat what lies behind an earlier position or the log start',
  accept: 'incompleteHistory is "accept": after a move these groups may skip records',
};

const named = (partitions: readonly string[]): string => firstOf(partitions, 5, ', ');

/** Of groups and topics that are protected now: seeds of others stay where they are. */
const partitionsWith = ({ seeds, place }: Preparation, how: MissingSyncs): readonly string[] =>
  seeds
    .filter(
      ({ group, topic }) =>
        place.groups.some(({ id }) => id === group) && place.topics.some(({ home }) => home === topic),
    )
    .flatMap(({ group, topic, partitions }) =>
      Object.entries(partitions).flatMap(([partition, { missingSyncs }]) =>
        missingSyncs === how ? [`${group} ${tailName(topic, partition)}`] : [],
      ),
    );
