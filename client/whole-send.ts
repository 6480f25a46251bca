/**
 * A send that is over when every partition has answered.
 *
 * kafkajs 2.2.4 asks each broker once per send, also over its retries: a record whose leader has meanwhile moved to a
 * broker that answered already is never sent, and the send resolves as if it were.
 */
import type { Message, RecordMetadata, TopicMessages } from 'kafkajs';

/**
 * Sends again what has no answer. The cluster does not have it, or has it of an attempt that failed, as with any retry;
 * a numbered record keeps its number, so that the cluster recognises it.
 * @param partitionOf of a message that was sent
 * @returns kafkajs's answers of all rounds
 */
export async function sendWhole(
  send: (topicMessages: TopicMessages[]) => Promise<RecordMetadata[]>,
  topicMessages: TopicMessages[],
  partitionOf: (message: Message) => number | undefined,
): Promise<RecordMetadata[]> {
  const metadata: RecordMetadata[] = [];
  let open = topicMessages;
  while (open.length > 0) {
    const answers = await send(open);
    metadata.push(...answers);
    open = withoutAnswer(open, answers, partitionOf);
    // Each round must bring an answer, so there are at most as many as partitions.
    if (open.length > 0 && answers.length === 0) throw new Error('the send came back without an answer');
  }
  return metadata;
}

function withoutAnswer(
  sent: readonly TopicMessages[],
  answers: readonly RecordMetadata[],
  partitionOf: (message: Message) => number | undefined,
): TopicMessages[] {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  return sent.flatMap(({ topic, messages }) => {
    const open = messages.filter((message) => !answered.has(`${topic}/${partitionOf(message)}`));
    return open.length === 0 ? [] : [{ topic, messages: open }];
  });
}
