/** Topics: settings that change behaviour, and whether every partition has ever been copied. */
import { setTopicSetting } from './commands.ts';
import type { Check, LookCheck } from './preparation.ts';
import { ifBothRead, warns } from './preparation.ts';

/** Setting -> what a difference does to clients that move. MirrorMaker 2 keeps remote topics equal, never these. */
export const COMPARED_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'records that one side keeps are removed by the other',
  'retention.ms': 'records written at the refuge are kept for another time',
  'retention.bytes': 'records written at the refuge are kept up to another size',
  'min.insync.replicas': 'an acknowledged record is as safe as another number of replicas',
  'max.message.bytes': 'records that one side takes are refused by the other',
  'compression.type': 'brokers recompress, or consumers meet another codec',
  'message.timestamp.type': 'timestamps mean another thing',
};

export const checkTopicSettings: LookCheck = ({ place, home, refuge, look }) =>
  ifBothRead(
    'topic-settings',
    'topic settings',
    [home.alias, look.home.topics],
    [refuge.alias, look.refuge.topics],
    (atHome, atRefuge) =>
      place.topics.flatMap(({ home: topic }) => {
        const [here, there] = [atHome[topic] ?? {}, atRefuge[topic] ?? {}];
        return Object.entries(COMPARED_SETTINGS).flatMap(([setting, effect]) => {
          const [wanted, present] = [here[setting], there[setting]];
          if (wanted === undefined || present === undefined || sameSetting(wanted, present)) return [];
          const sentence = `topic "${topic}" has ${setting}=${wanted} at ${home.alias} and ${present} at ${refuge.alias}: ${effect}`;
          const fix = setTopicSetting(refuge, topic, setting, wanted);
          return [warns('topic-settings', { cluster: refuge.alias, subject: `${topic} ${setting}`, sentence, fix })];
        });
      }),
  );

/** `compact,delete` and `delete,compact` are one policy. */
const sameSetting = (a: string, b: string): boolean => parts(a) === parts(b);
const parts = (value: string): string =>
  value
    .split(',')
    .map((part) => part.trim())
    .toSorted()
    .join(',');

/** A partition with records at home of which the flow knows no offset, and whose remote partition is empty, was never copied. */
export const checkReplicated: Check = ({ place, home, refuge, flow }) => {
  const { sourceEnds, replicatedOffsets, remoteEnds } = flow ?? {};
  if (!sourceEnds || !replicatedOffsets || !remoteEnds) return [];
  const never = place.topics.flatMap(({ home: topic, remote }) => {
    const partitions = Object.entries(sourceEnds[topic] ?? {})
      .filter(([, { start, highWatermark }]) => BigInt(highWatermark) > BigInt(start))
      .filter(([p]) => replicatedOffsets[topic]?.[p] === undefined && isEmpty(remoteEnds[remote]?.[p]))
      .map(([p]) => p);
    return partitions.length === 0 ? [] : [{ topic, partitions }];
  });
  return never.map(({ topic, partitions }) =>
    warns('replicated', {
      cluster: refuge.alias,
      subject: topic,
      sentence: `"${topic}" has records at ${home.alias} of which none was ever copied to ${refuge.alias}, in partition ${partitions.join(', ')}`,
      fix: `let ${home.alias}->${refuge.alias}.topics of MirrorMaker 2 match "${topic}", and see that its source tasks run`,
    }),
  );
};

const isEmpty = (ends: { readonly highWatermark: string } | undefined): boolean =>
  ends === undefined || BigInt(ends.highWatermark) === 0n;
