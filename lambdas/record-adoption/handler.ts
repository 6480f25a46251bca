/** Wiring of record-adoption: gets ClientAdopted events as EventBridge delivers them. */
import * as z from 'zod';
import { dynamoControlTable } from '../adapters/dynamodb/control.ts';
import { base } from '../adapters/wiring.ts';
import { observed } from '../shared/observed.ts';
import { recordAdoption } from './record-adoption.ts';

const wired = base('record-adoption');
const record = recordAdoption({ ...wired.ports, control: dynamoControlTable(wired.place) }, wired.config);
export const handler = observed(
  'record-adoption',
  z.object({ detail: z.unknown(), time: z.unknown().optional() }),
  ({ detail, time }) => record(detail, instantOf(time)),
  wired,
);

/** When the bus took the event; undefined when it does not say so in a way that can be read. */
function instantOf(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
}
