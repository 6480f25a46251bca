/**
 * Kafka clients that move with their client set. See client/README.md for a ten-line example and
 * docs/client-contract.md for the rules, which clients in other languages can follow as well.
 */
export { createProducer } from './producer.ts';
export type { FailoverProducer, ProducerOptions } from './producer.ts';
export type { FailoverTransaction } from './transaction.ts';
export { credentialsByName } from './credentials.ts';
export type { Credentials } from './credentials.ts';
export type { ClientOptions, ClientState, ClientStatus } from './options.ts';
export { createConsumer } from './consumer.ts';
export type { ConsumerOptions, FailoverConsumer } from './consumer.ts';
export type { ConsumerSettings, RunSettings } from './consumer-session.ts';
export type { Handler } from './handlers.ts';
export type { StartWithoutPosition } from './positions.ts';
export { ssmSource } from './ssm-source.ts';
export type { SsmSourceOptions } from './ssm-source.ts';
export { fileSource } from './file-source.ts';
export { memorySource } from './routing-source.ts';
export type { MemorySource, Readings, RegionReading, RoutingSource, SourceWatch } from './routing-source.ts';
export type { PollingOptions } from './polling.ts';
export { fileMemory } from './memory.ts';
export type { RoutingMemory } from './memory.ts';
export { eventBridgeSink, noAdoptionSink } from './adoption.ts';
export type { AdoptionSink, ClientAdopted } from './adoption.ts';
export { RecordsNotConfirmedError, StartRefusedError } from './errors.ts';
export type { GivenRecord, Outcome } from './errors.ts';
export { ASSIGNER_NAME, failoverAssigner } from './assigner.ts';
export type { OwnedPartitions } from './assigner.ts';
export { silentLogger } from './logging.ts';
export type { Logger, LogData } from './logging.ts';
export type { KafkaConfigFor } from './kafka-client.ts';
export type * from './hooks.ts';
export type { Routing } from '../core/contracts/routing.ts';
