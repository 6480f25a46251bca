/** The world in which our functions need TLS and SCRAM: certificates, users, and their secrets in the emulator. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { addScramUser, certificate, removeScramUser, scramOver } from '../../support/world/secure-listener.ts';
import type { Certificate } from '../../support/world/secure-listener.ts';
import type { World } from '../../support/world/world.ts';
import { REGIONS } from '../pair.ts';
import { clusterOf } from '../stage.ts';
import type { Setup, Stage } from '../stage.ts';

export const RELATION = 'PROBER';
const USER = 'mm2-failover';
const FIRST_PASSWORD = 'first';
const ALIASES = ['K1', 'K2'] as const;
type Alias = (typeof ALIASES)[number];

/** Each signs itself, so each is an authority of its own; only the first and the expired one are trusted. */
export interface Certificates {
  readonly good: Certificate;
  readonly expired: Certificate;
  readonly stranger: Certificate;
}

let made: Certificates | undefined;
export function certificates(): Certificates {
  if (made === undefined) throw new Error('the secured world has not been set up');
  return made;
}

export async function securedWorld(): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-certificates-'));
  made = {
    good: await certificate(folder, 'good'),
    expired: await certificate(folder, 'expired', ['-10d', 5]),
    stranger: await certificate(folder, 'stranger'),
  };
  const arns = new Map<Alias, string>();
  return {
    world: {
      relations: [RELATION, 'MIRROR'],
      listeners: { [RELATION]: { host: () => 'localhost', protocol: 'SASL_SSL' } },
      brokerSettings: scramOver(RELATION, made.good),
    },
    prepare: async (world) => {
      world.owner.removeAtEnd(folder);
      await Promise.all(
        ALIASES.map(async (alias) => {
          await addScramUser(plainServer(world, alias), USER, FIRST_PASSWORD);
          arns.set(alias, await createSecret(world, alias));
        }),
      );
    },
    config: (plain) => {
      const secured = (alias: Alias) => ({
        ...plain.clusters[alias],
        security: { kind: 'scram', mechanism: 'scram-sha-512', secretArn: arns.get(alias) },
      });
      return { ...plain, clusters: { K1: secured('K1'), K2: secured('K2') } };
    },
  };
}

/** Brokers take the user with this password only. */
export const setPasswordAt = (
  { world }: Pick<Stage, 'world'>,
  alias: Alias,
  password = FIRST_PASSWORD,
): Promise<void> => addScramUser(plainServer(world, alias), USER, password);

export const revokeAt = ({ world }: Pick<Stage, 'world'>, alias: Alias): Promise<void> =>
  removeScramUser(plainServer(world, alias), USER);

/** What the functions read from now on. Nothing is deployed. */
export async function putSecret(
  { world, config }: Pick<Stage, 'world' | 'config'>,
  alias: Alias,
  changes: object,
): Promise<void> {
  const security = config.clusters[alias]?.security;
  if (security?.kind !== 'scram') throw new Error(`${alias} has no SCRAM secret`);
  await new SecretsManagerClient(world.emulator.client(REGIONS[alias])).send(
    new PutSecretValueCommand({ SecretId: security.secretArn, SecretString: secretText(changes) }),
  );
}

const plainServer = (world: World, alias: Alias): string => clusterOf(world, alias).bootstrapServers[0]!;

async function createSecret(world: World, alias: Alias): Promise<string> {
  const { ARN } = await new SecretsManagerClient(world.emulator.client(REGIONS[alias])).send(
    new CreateSecretCommand({ Name: `AmazonMSK_drill-${alias.toLowerCase()}`, SecretString: secretText({}) }),
  );
  if (ARN === undefined) throw new Error(`the secret of ${alias} has no ARN`);
  return ARN;
}

function secretText(changes: object): string {
  const { good, expired } = certificates();
  return JSON.stringify({ username: USER, password: FIRST_PASSWORD, ca: `${good.pem}\n${expired.pem}`, ...changes });
}
