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
  z.object({ detail: z.unknown() }),
  ({ detail }) => record(detail),
  wired,
);
