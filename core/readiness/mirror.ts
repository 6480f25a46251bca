/** Settings of MirrorMaker 2 without which positions cannot be translated, or are overwritten. */
import type { Copies, Finding, MirrorLook, Settings } from '../contracts/readiness.ts';
import { seconds } from '../health/words.ts';
import { offsetSyncs } from '../replication/names.ts';
import { setTopicSetting } from './commands.ts';
import type { Check, LookCheck, Preparation } from './preparation.ts';
import { ifRead, informs, unknown, warns } from './preparation.ts';

const DEFAULT_POLICY = 'org.apache.kafka.connect.mirror.DefaultReplicationPolicy';
/** The first version without known loss of positions across restarts (KAFKA-16622). */
export const OLDEST_MIRROR_MAKER = '3.7.1';

export const flowsOf = ({ home, refuge }: Preparation, look: Record<'outbound' | 'inbound', MirrorLook>) => [
  { flow: `${home.alias}->${refuge.alias}`, target: refuge.alias, seen: look.outbound },
  { flow: `${refuge.alias}->${home.alias}`, target: home.alias, seen: look.inbound },
];

/** What a connector must be told, what MirrorMaker 2 takes without being told, and what another value does. */
const wantedSettings = ({ rules }: Preparation) => [
  {
    setting: 'offset-syncs.topic.location',
    wanted: rules.offsetSyncsLocation,
    otherwise: 'source',
    effect: 'the offset syncs are not where positions are translated from',
  },
  {
    setting: 'replication.policy.class',
    wanted: DEFAULT_POLICY,
    otherwise: DEFAULT_POLICY,
    effect: 'remote topics have other names, and without a prefix records go round in circles',
  },
  {
    setting: 'replication.policy.separator',
    wanted: rules.separator,
    otherwise: '.',
    effect: 'remote topics have other names than clients are told',
  },
  // With dots there is nothing to tell apart, and MirrorMaker 2 does not look at it.
  ...(rules.separator === '.'
    ? []
    : [
        {
          setting: 'replication.policy.internal.topic.separator.enabled',
          wanted: String(rules.internalSeparator),
          otherwise: 'true',
          effect: 'the topics of offset syncs and checkpoints have other names than are read',
        },
      ]),
];

/** Where the connector that copies has it, the stronger name first: of its source, or of every consumer that it makes. */
const ISOLATION = ['source.consumer.isolation.level', 'consumer.isolation.level'] as const;

/** Otherwise records are waited for that are never copied, or aborted ones arrive of which nobody thought. */
function isolationOf(facts: Preparation, flow: string, target: string, settings: Settings): readonly Finding[] {
  const wanted = facts.rules.isolationLevel;
  const present = ISOLATION.map((name) => settings[name]).find((value) => value !== undefined) ?? 'read_uncommitted';
  if (present === wanted) return [];
  const effect =
    wanted === 'read_committed'
      ? 'what producers abort is copied like any other record, and read by whoever reads the copies'
      : 'what was aborted at the source is waited for and never copied';
  const orDeclare = facts.rules.exactlyOnce
    ? ''
    : `, or replication.isolationLevel: ${present} in the configuration, if both flows read so`;
  const source = target === facts.home.alias ? facts.refuge.alias : facts.home.alias;
  return [
    warns('mirror-settings', {
      cluster: target,
      subject: `${flow} consumer.isolation.level`,
      sentence: `${flow} reads with consumer.isolation.level=${present}, this pair is configured for ${wanted}: ${effect}`,
      fix: `set ${source}.consumer.isolation.level = ${wanted} in the properties of MirrorMaker 2 and start it again${orDeclare}`,
    }),
  ];
}

export const checkMirrorSettings: LookCheck = (facts) => [
  ...syncsWithHome(facts),
  ...flowsOf(facts, facts.look).flatMap(({ flow, target, seen }) =>
    ifRead('mirror-settings', target, `settings of ${flow}`, seen.connectors, (connectors) => {
      const all = Object.values(connectors);
      if (all.length === 0) return [declaredOnly(facts, flow, target)];
      const others = wantedSettings(facts).flatMap(({ setting, wanted, otherwise, effect }) => {
        const present = all.map((settings) => settings[setting] ?? otherwise).find((value) => value !== wanted);
        if (present === undefined) return [];
        return [
          warns('mirror-settings', {
            cluster: target,
            subject: `${flow} ${setting}`,
            sentence: `${flow} runs with ${setting}=${present}, this pair is configured for ${wanted}: ${effect}`,
            fix: `set ${flow}.${setting} = ${wanted} in the properties of MirrorMaker 2 and start it again`,
          }),
        ];
      });
      const { MirrorSourceConnector: copying } = connectors;
      return copying === undefined ? others : [...others, ...isolationOf(facts, flow, target, copying)];
    }),
  ),
];

/** What was declared against what the newest copy shows: of a plain flow that counts as exactly once, re-sends go unseen. */
export const checkExactlyOnce: LookCheck = (facts) =>
  flowsOf(facts, facts.look).flatMap(({ flow, target, seen }) =>
    seen.copies === undefined
      ? []
      : ifRead('exactly-once', target, `the newest copy of ${flow}`, seen.copies, (copies) =>
          declaredAgainst(copies, facts.rules.exactlyOnce, { flow, target }),
        ),
  );

function declaredAgainst(
  copies: Copies,
  declared: boolean,
  { flow, target }: { readonly flow: string; readonly target: string },
): readonly Finding[] {
  const found = { cluster: target, subject: flow };
  if (declared && copies === 'plain')
    return [
      warns('exactly-once', {
        ...found,
        sentence: `${flow} is declared to be exactly once, but its newest copy was not written in a transaction: positions are translated as for a plain flow`,
        fix: `set exactly.once.source.support = enabled for the workers of ${flow}, or replication.exactlyOnce: false in the configuration`,
      }),
    ];
  if (declared && copies === 'none')
    return [
      unknown('exactly-once', {
        ...found,
        sentence: `${flow} is declared to be exactly once, and no copied heartbeat is there to tell whether it is`,
        fix: `let ${flow} copy heartbeats (emit.heartbeats.enabled = true for both flows), or look at exactly.once.source.support of its workers`,
      }),
    ];
  if (!declared && copies === 'transactional')
    return [
      informs('exactly-once', {
        ...found,
        sentence: `${flow} writes in transactions, and is declared as a plain flow: more records than needed are read again`,
        fix: 'set replication.exactlyOnce: true in the configuration, if both flows run so',
      }),
    ];
  return [];
}

/** Workers in Connect mode keep their settings where this project does not know. */
const declaredOnly = ({ rules }: Preparation, flow: string, target: string): Finding =>
  informs('mirror-settings', {
    cluster: target,
    subject: flow,
    sentence: `settings of ${flow} are declared, not seen: offset syncs on the ${rules.offsetSyncsLocation}, DefaultReplicationPolicy with separator "${rules.separator}", no group sync`,
    fix: 'compare them with the connectors: GET /connectors/<name>/config of the Connect cluster',
  });

const syncsWithHome = ({ rules, home, refuge }: Preparation): readonly Finding[] =>
  rules.offsetSyncsLocation === 'target'
    ? []
    : [
        warns('mirror-settings', {
          cluster: home.alias,
          subject: 'offset-syncs.topic.location',
          sentence: `offset syncs lie on ${home.alias}: the map that translates its positions is lost together with it`,
          fix: `set offset-syncs.topic.location = target for both flows of MirrorMaker 2, and replication.offsetSyncsLocation: target in the configuration (${refuge.alias} then holds it)`,
        }),
      ];

export const checkMirrorVersion: Check = ({ rules: { mirrorMakerVersion: version }, refuge }) => {
  const found = { cluster: refuge.alias, subject: 'MirrorMaker 2' };
  if (version === undefined)
    return [
      informs('mirror-version', {
        ...found,
        sentence: `nobody can see the version of MirrorMaker 2, and none is declared; needed: at least ${OLDEST_MIRROR_MAKER}`,
        fix: 'declare replication.mirrorMakerVersion in the configuration',
      }),
    ];
  if (isOlder(version, OLDEST_MIRROR_MAKER))
    return [
      warns('mirror-version', {
        ...found,
        sentence: `MirrorMaker 2 is ${version} as declared: before ${OLDEST_MIRROR_MAKER} positions are lost or translated too far`,
        fix: `run MirrorMaker 2 from Kafka ${OLDEST_MIRROR_MAKER} or newer (3.9 or 4.x is better)`,
      }),
    ];
  return [
    informs('mirror-version', {
      ...found,
      sentence: `MirrorMaker 2 is ${version}: declared, not seen`,
      fix: 'nothing to do',
    }),
  ];
};

export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Where the syncs of home -> refuge lie. */
function syncsTopic({ home, refuge, rules }: Preparation) {
  const flow = { source: home.alias, target: refuge.alias };
  const naming = { separator: rules.separator, internalSeparator: rules.internalSeparator };
  const place = offsetSyncs(flow, rules.offsetSyncsLocation, naming);
  return { ...place, side: place.cluster === home.alias ? home : refuge };
}

/** The command that keeps syncs from compaction for the longest outage. */
export function keepSyncs(facts: Preparation): string {
  const { topic, side } = syncsTopic(facts);
  return setTopicSetting(side, topic, 'min.compaction.lag.ms', String(facts.rules.longestOutageMs));
}

/** Failback translates back to the smallest seed: compaction must leave them until then. */
export const checkOffsetSyncs: LookCheck = (facts) => {
  const { home, rules, look } = facts;
  const { topic, cluster, side } = syncsTopic(facts);
  const found = { cluster, subject: topic };
  return ifRead('offset-syncs', cluster, `settings of "${topic}"`, look.outbound.syncs, (settings) => {
    if (settings === null)
      return [
        warns('offset-syncs', {
          ...found,
          sentence: `topic "${topic}" does not exist at ${cluster}: no position of ${home.alias} can be translated`,
          fix: `set offset-syncs.topic.location = ${rules.offsetSyncsLocation} for both flows of MirrorMaker 2 and start them; they create it`,
        }),
      ];
    return [
      ...compactionOf(settings, rules.longestOutageMs).map((sentence) =>
        warns('offset-syncs', {
          ...found,
          sentence: `"${topic}" at ${cluster} ${sentence}: after a long outage a failback finds no exact position`,
          fix: keepSyncs(facts),
        }),
      ),
      ...deletionOf(settings).map((sentence) =>
        warns('offset-syncs', {
          ...found,
          sentence: `"${topic}" at ${cluster} ${sentence}`,
          fix: setTopicSetting(side, topic, 'cleanup.policy', 'compact'),
        }),
      ),
    ];
  });
};

function compactionOf({ 'min.compaction.lag.ms': lag }: Settings, longestMs: number): readonly string[] {
  if (lag === undefined || Number(lag) >= longestMs) return [];
  return [`may be compacted after ${seconds(Number(lag))}, outages are to last up to ${seconds(longestMs)}`];
}

const deletionOf = ({ 'cleanup.policy': policy }: Settings): readonly string[] =>
  policy === undefined || policy === 'compact'
    ? []
    : [`has cleanup.policy=${policy}: syncs of quiet partitions disappear`];
