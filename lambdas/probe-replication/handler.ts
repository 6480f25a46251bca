/** Wiring of probe-replication: one turn per interval, for as long as the invocation lasts. */
import * as z from 'zod';
import { lookPatience } from '../adapters/kafka/connection.ts';
import { kafkaBase } from '../adapters/kafka-wiring.ts';
import { schemaRegistries } from '../adapters/schema-registry/index.ts';
import { secretsManager } from '../adapters/secrets.ts';
import { everyInterval } from '../shared/loop.ts';
import { observed } from '../shared/observed.ts';
import { probeReplication } from './probe-replication.ts';

const wired = kafkaBase('probe-replication', lookPatience);
const rhythm = { name: 'probe-replication', seconds: wired.config.replication.sampleIntervalSeconds };
const ports = { ...wired.ports, schemaRegistries: schemaRegistries(wired.config, secretsManager()) };
const turn = probeReplication(ports, wired.config, wired.place);
export const handler = observed(
  'probe-replication',
  z.unknown(),
  () => everyInterval(wired.ports, rhythm, turn),
  wired,
);
