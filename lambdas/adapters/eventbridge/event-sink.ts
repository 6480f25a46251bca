/** The project's bus. Events are validated before they leave. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENTS, eventSource } from '../../../core/contracts/events.ts';
import type { EventSink } from '../../ports.ts';
import { patience, within } from '../calls.ts';

/** Of one try; lambdas/shared/tell.ts counts on it. */
const DEADLINE_MS = 3_000;

/** The bus answered, but did not take the event: PutEvents reports that inside a successful response. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

/** Reports to the bus of one region. @throws ZodError for an event that breaks its contract, EventRefused, SDK errors. */
export function eventBridgeSink(place: { readonly region: string; readonly bus: string }): EventSink {
  const client = new EventBridgeClient({ region: place.region, ...patience(DEADLINE_MS) });
  return {
    report: async ({ name, detail }) => {
      const valid = EVENTS[name].parse(detail);
      const entry = {
        Source: eventSource(name),
        DetailType: name,
        Detail: JSON.stringify(valid),
        EventBusName: place.bus,
      };
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] }), within(DEADLINE_MS));
      if ((answer.FailedEntryCount ?? 0) === 0) return;
      const refusal = answer.Entries?.[0];
      throw new EventRefused(
        `bus ${place.bus} in ${place.region} did not take ${name}: ${refusal?.ErrorCode ?? 'no code'} ${refusal?.ErrorMessage ?? ''}`,
      );
    },
  };
}
