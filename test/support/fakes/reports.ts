/** Where use cases report to: events, notifications, metrics, log. All keep what they were given. */
import { EVENTS, type DomainEvent, type EventDetail, type EventName } from '../../../core/contracts/events.ts';
import type { EventSink, Log, Metrics, Notifier } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';

export interface FakeEventSink extends EventSink {
  readonly faults: Faults<EventSink>;
  readonly sent: readonly DomainEvent[];
  /** Details of the events of one name, oldest first. */
  named<N extends EventName>(name: N): readonly EventDetail<N>[];
}

export function fakeEventSink(): FakeEventSink {
  const sent: DomainEvent[] = [];
  const port = withFaults<EventSink>({
    report: async (event) => {
      const detail = EVENTS[event.name].parse(event.detail);
      sent.push(JSON.parse(JSON.stringify({ name: event.name, detail })) as DomainEvent);
    },
  });
  return {
    ...port,
    sent,
    named: <N extends EventName>(name: N) =>
      sent.filter((event) => event.name === name).map(({ detail }) => detail as EventDetail<N>),
  };
}

type Message = Parameters<Notifier['notify']>[0];
export interface FakeNotifier extends Notifier {
  readonly faults: Faults<Notifier>;
  readonly messages: readonly Message[];
}

export function fakeNotifier(): FakeNotifier {
  const messages: Message[] = [];
  return { ...withFaults<Notifier>({ notify: async (message) => void messages.push(message) }), messages };
}

export interface Point {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}
export interface FakeMetrics extends Metrics {
  readonly points: readonly Point[];
}

export function fakeMetrics(): FakeMetrics {
  const points: Point[] = [];
  return { points, put: (name, value, unit, dimensions) => void points.push({ name, value, unit, dimensions }) };
}

export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}
export interface FakeLog extends Log {
  readonly lines: readonly Line[];
}

export function fakeLog(): FakeLog {
  const lines: Line[] = [];
  const at =
    (level: Line['level']) =>
    (message: string, data: Readonly<Record<string, unknown>> = {}) =>
      void lines.push({ level, message, data });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
