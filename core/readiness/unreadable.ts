/** Records of MirrorMaker 2 that nobody can read: what they say is missing wherever it is needed. */
import type { UnreadableRecords } from '../contracts/readiness.ts';
import { flowsOf } from './mirror.ts';
import type { LookCheck } from './preparation.ts';
import { ifRead, warns } from './preparation.ts';

/** One finding per topic and reason. */
export const checkUnreadable: LookCheck = (facts) =>
  flowsOf(facts, facts.look).flatMap(({ flow, target, seen: { unreadable } }) =>
    unreadable === undefined
      ? []
      : ifRead('unreadable-records', target, `records of ${flow}`, unreadable, (found) =>
          found.map(({ topic, reason, records, newest }) =>
            warns('unreadable-records', {
              cluster: target,
              subject: `${topic} ${reason}`,
              sentence: `${records === 1 ? '1 record' : `${records} records`} of "${topic}" cannot be read (${reason}: ${newest}) and ${records === 1 ? 'is' : 'are'} passed by: positions and progress of ${flow} are told without ${records === 1 ? 'it' : 'them'}`,
              fix:
                FIX[reason] ??
                `see that nobody but MirrorMaker 2 may write to "${topic}"; what is there goes when MirrorMaker 2 writes the same key again`,
            }),
          ),
        ),
  );

/** Where the reason itself says more. */
const FIX: Readonly<Partial<Record<UnreadableRecords['reason'], string>>> = {
  'unknown-version':
    'MirrorMaker 2 writes a layout that this release does not know: run a release of mm2-failover that does, before its clusters are needed',
};
