import { expect, test } from '@jest/globals';
import type { ClusterObservation } from '../../../core/contracts/observations.ts';
import { judgePair, reportsOn } from '../../../core/health/pair.ts';
import type { WatchedCluster } from '../../../core/health/pair.ts';
import { brokenAt, RULES, wholeLadder } from '../../support/builders/judgement.ts';
import { K1_REGION, K2_REGION, TEN_O_CLOCK } from '../../support/builders/pair.ts';

/** A look every ten seconds, the last at ten o'clock. */
const looks = (look: ClusterObservation, count = 12): readonly ClusterObservation[] =>
  Array.from({ length: count }, (_, i) => ({ ...look, atMs: TEN_O_CLOCK - (count - 1 - i) * 10_000 }));
const refused = looks(brokenAt('tcp', 'transport-failure'));
const fine = looks(wholeLadder());

const watched = (
  alias: string,
  region: string,
  seen: readonly (readonly [string, readonly ClusterObservation[]])[],
): WatchedCluster => ({
  alias,
  region,
  observations: new Map(seen),
  witness: { kind: 'CORROBORATES', because: 'as replication shows' },
  alarms: [],
  incidentOpen: false,
});
const k1Lost = watched('K1', K1_REGION, [
  [K1_REGION, refused],
  [K2_REGION, refused],
]);
const k2Fine = watched('K2', K2_REGION, [
  [K1_REGION, fine],
  [K2_REGION, fine],
]);
const k2Lost = { ...k1Lost, alias: 'K2', region: K2_REGION };
const judge = (clusters: readonly WatchedCluster[], settlingUntilMs?: number) =>
  [...judgePair(clusters, { window: RULES, acceptSingleVantage: false, settlingUntilMs }, TEN_O_CLOCK)].map(
    ([alias, { kind }]) => `${alias} ${kind}`,
  );

test('each vantage reports by its own looks, and whether it looks from outside', () => {
  expect(
    reportsOn(
      watched('K1', K1_REGION, [
        [K1_REGION, fine],
        [K2_REGION, refused],
        ['eu-north-1', []],
      ]),
      RULES,
      TEN_O_CLOCK,
    ),
  ).toEqual([
    { vantage: K1_REGION, outside: false, judgement: { kind: 'up', recovered: false } },
    {
      vantage: K2_REGION,
      outside: true,
      judgement: {
        kind: 'confirmed',
        sinceMs: TEN_O_CLOCK - 90_000,
        because: 'tcp: transport-failure (as it was thrown)',
      },
    },
    { vantage: 'eu-north-1', outside: true, judgement: { kind: 'absent' } },
  ]);
});

test('each cluster gets its verdict', () => {
  expect(judge([k1Lost, k2Fine])).toEqual(['K1 CONFIRMED_DOWN', 'K2 HEALTHY']);
});

test('each is judged beside the other: when both are gone the observer is suspected', () => {
  expect(judge([k1Lost, k2Lost])).toEqual(['K1 BOTH_DOWN', 'K2 BOTH_DOWN']);
});

test('of a cluster that is judged alone the other is not known to be down', () => {
  expect(judge([k1Lost])).toEqual(['K1 CONFIRMED_DOWN']);
});

test('nothing is confirmed until we have watched for a window again', () => {
  expect(judge([k1Lost, k2Fine], TEN_O_CLOCK + 1)).toEqual(['K1 SUSPECTED_DOWN', 'K2 HEALTHY']);
});

test('one vantage is enough where that was accepted', () => {
  const alone = watched('K1', K1_REGION, [[K1_REGION, refused]]);
  const rules = { window: RULES, acceptSingleVantage: true, settlingUntilMs: undefined };
  expect(judgePair([alone], rules, TEN_O_CLOCK).get('K1')?.kind).toBe('CONFIRMED_DOWN');
});
