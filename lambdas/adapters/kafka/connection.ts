/** From a cluster's configuration to what sockets and kafkajs need. Secrets come through an injected resolver. */
import type { SASLOptions } from 'kafkajs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { ClusterConfig, ConnectionSecurity } from '../../../core/config/schema.ts';
import { BadSetup } from './errors.ts';

/** Fields of a secret by its ARN, for example {"username","password"}. Throws when it cannot be read. */
export type SecretResolver = (secretArn: string) => Promise<Readonly<Record<string, string>>>;

/** Absent = not used: no `tls` on a plaintext listener, no `sasl` without credentials. */
export interface ResolvedSecurity {
  readonly tls?: TlsOptions;
  readonly sasl?: SASLOptions;
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

export const PATIENCE: Patience = { connectMs: 1500, requestMs: 3000, callMs: 8000, readMs: 30_000 };

export const CLIENT_ID = 'mm2-failover';

/** The listener that is meant for our functions. */
export const serversOf = (cluster: ClusterConfig): readonly string[] =>
  cluster.controllerBootstrapServers ?? cluster.bootstrapServers;

export const usesTls = (security: ConnectionSecurity): boolean => security.kind !== 'plaintext';
export const usesSasl = (security: ConnectionSecurity): boolean =>
  security.kind === 'scram' || security.kind === 'msk-iam';

/** Everything a connection needs to prove who it is. @throws BadSetup when a secret lacks a field; whatever the resolver throws */
export async function resolveSecurity(cluster: ClusterConfig, secretOf: SecretResolver): Promise<ResolvedSecurity> {
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
      return { tls: caOf(secret), sasl: { mechanism: security.mechanism, username, password } };
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
      return { tls: {}, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: () => mskToken(cluster.region) } };
  }
}

const caOf = (secret: Readonly<Record<string, string>>): TlsOptions =>
  secret['ca'] === undefined ? {} : { ca: secret['ca'] };

function fieldOf(secret: Readonly<Record<string, string>>, field: string, arn: string): string {
  const value = secret[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new BadSetup(`secret ${arn} has no field "${field}"; it has: ${Object.keys(secret).join(', ') || 'none'}`);
}

/** Signed for each connection; valid for 15 minutes. Imported here so that nobody else pays for it. */
async function mskToken(region: string): Promise<{ value: string }> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  const { token } = await generateAuthToken({ region });
  return { value: token };
}
