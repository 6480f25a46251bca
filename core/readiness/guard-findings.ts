/** Guards that would refuse a move now, as findings with what repairs them. */
import type { SetObservation } from '../contracts/observations.ts';
import type { Finding } from '../contracts/readiness.ts';
import type { GuardResult } from '../move/guards.ts';
import { isChosen, liftedBy } from '../move/guards.ts';
import { AT_ONCE_GUARD } from '../move/guards-limits.ts';
import { PAIRS_AT_ONCE_GUARD } from '../move/guards-pairs.ts';
import { topicGaps } from '../move/refuge.ts';
import { createTopic, enlargeTopic } from './commands.ts';
import type { Preparation, Side } from './preparation.ts';

/** It passes by itself: whoever holds the other set up is told by the other set's own alarm. */
const isWaiting = (id: string): boolean => id === AT_ONCE_GUARD.id || id === PAIRS_AT_ONCE_GUARD.id;

export const guardFindings = (
  inTheWay: readonly GuardResult[],
  { place, refuge, found }: Pick<Preparation, 'place' | 'refuge' | 'found'>,
): readonly Finding[] =>
  inTheWay.flatMap(({ id, effect, sentence }): readonly Finding[] => {
    const gaps = id === 'G2-topics' && found ? gapFindings(place.topics, found, refuge) : [];
    if (gaps.length > 0) return gaps;
    const severity = isChosen({ id }) || isWaiting(id) || effect === 'ask' ? 'informs' : 'blocks';
    return [{ id, severity, cluster: refuge.alias, subject: place.clientSet, sentence, fix: liftedBy(id) }];
  });

const gapFindings = (topics: Preparation['place']['topics'], found: SetObservation, refuge: Side): readonly Finding[] =>
  topicGaps(topics, found).map(({ topic, there, needed }) => ({
    id: 'G2-topics',
    severity: 'blocks',
    cluster: refuge.alias,
    subject: topic,
    sentence:
      there === null
        ? `topic "${topic}" does not exist at ${refuge.alias}`
        : `topic "${topic}" has ${there} partitions at ${refuge.alias}, needed ${needed}`,
    fix: there === null ? createTopic(refuge, topic, Math.max(1, needed)) : enlargeTopic(refuge, topic, needed),
  }));
