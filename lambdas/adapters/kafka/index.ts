/** Kafka and the probe as the ports want them, for one pair. */
import { clusterOf } from '../../../core/config/pair.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { ClusterProbe, ClusterReader, Kafka, Log } from '../../ports.ts';
import { ensureCanaryTopic } from './canary.ts';
import { openKafkaCommitter } from './committer.ts';
import { credentialsOf, PATIENCE, serversOf, type Patience, type SecretResolver } from './connection.ts';
import { climb, type ClimbOptions } from './probe.ts';
import { protectedAt } from './protected.ts';
import { MinInSync } from './protected-wire.ts';
import { kafkaReader } from './reader.ts';
import { Wire } from './wire.ts';

export { KafkaUnavailable } from './errors.ts';
export type { SecretResolver } from './connection.ts';

/** `closeAll` closes every socket of every reader and committer; all may be used again afterwards and connect anew. */
export interface KafkaPorts extends Kafka {
  closeAll(): Promise<void>;
}

export function kafkaPorts(
  config: PairConfig,
  secretOf: SecretResolver,
  log: Log,
  patience: Patience = PATIENCE,
): KafkaPorts {
  const readers = new Map<string, ClusterReader>();
  const wires = new Set<Wire>();
  const wireTo = (alias: string): Wire => {
    const wire = openWire(config, alias, secretOf, log, patience);
    wires.add(wire);
    return wire;
  };
  return {
    reader: (alias) => {
      const present = readers.get(alias) ?? kafkaReader(alias, wireTo(alias), patience);
      readers.set(alias, present);
      return present;
    },
    // A wire of its own: closing a committer must not cut a reader off.
    openCommitter: async (alias, transactionalId) => {
      const wire = wireTo(alias);
      const release = () => {
        wire.close();
        wires.delete(wire);
      };
      try {
        const committer = await openKafkaCommitter(alias, wire, transactionalId, patience);
        return { ...committer, close: async () => release() };
      } catch (error) {
        release();
        throw error;
      }
    },
    closeAll: async () => {
      for (const wire of wires) wire.close();
    },
  };
}

export type ProbeOptions = Pick<ClimbOptions, 'vantage' | 'secretOf' | 'resolver' | 'log'>;

export function kafkaProbe(config: PairConfig, options: ProbeOptions): ClusterProbe {
  const { log } = options;
  const settings = new Map(Object.keys(config.clusters).map((cluster) => [cluster, new MinInSync(log)]));
  return {
    climb: (cluster) =>
      climb({
        ...options,
        cluster,
        config: clusterOf(config, cluster),
        rungTimeoutSeconds: config.probe.rungTimeoutSeconds,
        protectedSets: protectedAt(config, cluster),
        minInSync: settings.get(cluster) ?? new MinInSync(log),
      }),
  };
}

/** Part of setting a pair up: the canary topic on one cluster. @throws KafkaUnavailable */
export async function createCanaryTopic(
  config: PairConfig,
  alias: string,
  secretOf: SecretResolver,
  log: Log,
): Promise<{ readonly created: boolean }> {
  const wire = openWire(config, alias, secretOf, log, PATIENCE);
  try {
    return await ensureCanaryTopic(alias, wire, PATIENCE.callMs);
  } finally {
    wire.close();
  }
}

function openWire(config: PairConfig, alias: string, secretOf: SecretResolver, log: Log, patience: Patience): Wire {
  const cluster = clusterOf(config, alias);
  return new Wire({ servers: serversOf(cluster), credentials: credentialsOf(cluster, secretOf), patience, log });
}
