/** Wiring of probe-clusters: one look per interval, for as long as the invocation lasts. */
import * as z from 'zod';
import { dynamoObservations } from '../adapters/dynamodb/observations.ts';
import { kafkaProbe } from '../adapters/kafka/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { base } from '../adapters/wiring.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { probeClusters } from './probe-clusters.ts';

const wired = base('probe-clusters');
const ports = {
  ...wired.ports,
  observations: dynamoObservations(wired.place),
  probe: kafkaProbe(wired.config, { vantage: wired.place.region, secretOf: secretsManager(), log: wired.log }),
};
const rhythm = { name: 'probe-clusters', seconds: wired.config.probe.intervalSeconds };
const loop = () => everyInterval(ports, rhythm, probeClusters(ports, wired.config, wired.place));
export const handler = observed('probe-clusters', z.unknown(), loop, wired);
