/** Notifications to people over one SNS topic. */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Notifier } from '../../ports.ts';
import { patience, within } from '../calls.ts';

/** Of one try; lambdas/shared/tell.ts counts on it. */
const DEADLINE_MS = 3_000;

export function snsNotifier(place: { readonly region: string; readonly topicArn: string }): Notifier {
  const client = new SNSClient({ region: place.region, ...patience(DEADLINE_MS) });
  return {
    notify: async ({ subject, body }) => {
      await client.send(
        new PublishCommand({ TopicArn: place.topicArn, Subject: asSubject(subject), Message: body }),
        within(DEADLINE_MS),
      );
    },
  };
}

/** SNS refuses a subject that is longer than 100 characters, not printable ASCII, or empty. */
export function asSubject(text: string): string {
  const printable = text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
  if (printable === '') return 'mm2-failover';
  return printable.length <= 100 ? printable : `${printable.slice(0, 97)}...`;
}
