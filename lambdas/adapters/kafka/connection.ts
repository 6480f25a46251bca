/** From a cluster's configuration to what sockets and kafkajs need. Secrets come through an injected resolver. */
import type { Mechanism, SASLOptions } from 'kafkajs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { rareLooksOf } from '../../../core/config/detection.ts';
import type { ClusterConfig, ConnectionSecurity, PairConfig } from '../../../core/config/schema.ts';
import { CALL_SECONDS } from '../../../core/contracts/environment.ts';
import type { ErrorClass } from '../../../core/contracts/observations.ts';
import { oauthBearer } from '../../../core/contracts/oauth-bearer.ts';
import { BadSetup, classifyError } from './errors.ts';
import { mskToken } from './iam.ts';

export interface SecretResolver {
  /** Fields of a secret by its ARN, for example {"username","password"}. Throws when it cannot be read. */
  (secretArn: string): Promise<Readonly<Record<string, string>>>;
  /** Hears that what it gave opened no door, so that a resolver with a memory reads it anew. */
  readonly refused?: (secretArn: string) => void;
}

/** Absent = not used: no `tls` on a plaintext listener, no `sasl` without credentials. */
export interface ResolvedSecurity {
  readonly tls?: TlsOptions;
  readonly sasl?: SASLOptions | Mechanism;
}

/** How long we wait, in milliseconds. A cluster that is well answers within tens of them. */
export interface Patience {
  readonly connectMs: number;
  readonly requestMs: number;
  /** One call of a port, its repetitions included. */
  readonly callMs: number;
  /** One call that reads a log. */
  readonly readMs: number;
}

export const PATIENCE: Patience = { connectMs: 1500, requestMs: 3000, callMs: CALL_SECONDS * 1000, readMs: 30_000 };

/** Of looks at replication: a silent cluster must not make the next look late by more than the configuration reckons with. */
export const lookPatience = (config: PairConfig): Patience => ({
  ...PATIENCE,
  callMs: rareLooksOf(config).ageSeconds * 1000,
});

export const CLIENT_ID = 'mm2-failover';

/** The listener that is meant for our functions. */
export const serversOf = (cluster: ClusterConfig): readonly string[] =>
  cluster.controllerBootstrapServers ?? cluster.bootstrapServers;

export const usesTls = (security: ConnectionSecurity): boolean => security.kind !== 'plaintext';
export const usesSasl = (security: ConnectionSecurity): boolean =>
  security.kind === 'scram' || security.kind === 'msk-iam';

/** How functions prove who they are to one cluster. A secret may be rotated while they run, so nothing is kept here. */
export interface Credentials {
  /** @throws BadSetup when a secret lacks a field; whatever the resolver throws */
  read(): Promise<ResolvedSecurity>;
  /** Hears what a connection died of: an identity or an authority that was turned down is read anew for the next one. */
  failed(errorClass: ErrorClass): void;
}

const TURNED_DOWN: ReadonlySet<ErrorClass> = new Set(['prober-fault-auth', 'prober-fault-tls', 'prober-fault-config']);

export function credentialsOf(cluster: ClusterConfig, secretOf: SecretResolver): Credentials {
  const arn = secretArnOf(cluster.security);
  const failed = (errorClass: ErrorClass): void => {
    if (arn !== undefined && TURNED_DOWN.has(errorClass)) secretOf.refused?.(arn);
  };
  const read = async (): Promise<ResolvedSecurity> => {
    try {
      return await resolveSecurity(cluster, secretOf);
    } catch (error) {
      failed(classifyError(error));
      throw error;
    }
  };
  return { read, failed };
}

function secretArnOf(security: ConnectionSecurity): string | undefined {
  if (security.kind === 'tls') return security.caSecretArn;
  return security.kind === 'scram' || security.kind === 'mtls' ? security.secretArn : undefined;
}

/** Everything a connection needs to prove who it is. @throws BadSetup when a secret lacks a field; whatever the resolver throws */
async function resolveSecurity(cluster: ClusterConfig, secretOf: SecretResolver): Promise<ResolvedSecurity> {
  const { security } = cluster;
  switch (security.kind) {
    case 'plaintext':
      return {};
    case 'tls':
      return {
        tls:
          security.caSecretArn === undefined
            ? {}
            : { ca: fieldOf(await secretOf(security.caSecretArn), 'ca', security.caSecretArn) },
      };
    case 'scram': {
      const secret = await secretOf(security.secretArn);
      const username = fieldOf(secret, 'username', security.secretArn);
      const password = fieldOf(secret, 'password', security.secretArn);
      const sasl: SASLOptions = { mechanism: security.mechanism, username, password };
      return { tls: caOf(secret), sasl };
    }
    case 'mtls': {
      const secret = await secretOf(security.secretArn);
      return {
        tls: {
          ...caOf(secret),
          key: fieldOf(secret, 'key', security.secretArn),
          cert: fieldOf(secret, 'cert', security.secretArn),
        },
      };
    }
    case 'msk-iam':
      return { tls: {}, sasl: oauthBearer(() => mskToken(cluster.region)) };
  }
}

const caOf = (secret: Readonly<Record<string, string>>): TlsOptions =>
  secret['ca'] === undefined ? {} : { ca: secret['ca'] };

function fieldOf(secret: Readonly<Record<string, string>>, field: string, arn: string): string {
  const value = secret[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new BadSetup(`secret ${arn} has no field "${field}"; it has: ${Object.keys(secret).join(', ') || 'none'}`);
}
