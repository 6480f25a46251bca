/** Schema registries of a pair: the REST API that Confluent's registry documents and Karapace serves too. Only reads. */
import * as z from 'zod';
import { clusterOf } from '../../../core/config/pair.ts';
import type { ClusterConfig, PairConfig } from '../../../core/config/schema.ts';
import type { SubjectLook } from '../../../core/contracts/readiness.ts';
import type { SchemaRegistries, SchemaRegistry } from '../../ports.ts';
import { fingerprint } from './fingerprint.ts';
import { getJson, RegistryUnavailable, type Access } from './http.ts';

export { RegistryUnavailable } from './http.ts';

/** Fields of a secret by its ARN. */
export type SecretResolver = (secretArn: string) => Promise<Readonly<Record<string, string>>>;

/** Records in a log carry ids of old versions too, but no registry should cost a thousand requests. */
const NEWEST_VERSIONS = 25;

export function schemaRegistries(config: PairConfig, secretOf: SecretResolver): SchemaRegistries {
  return {
    registry: (alias) => {
      const { schemaRegistry, ...cluster } = clusterOf(config, alias);
      return schemaRegistry === undefined ? undefined : registryAt(schemaRegistry, () => accessOf(cluster, secretOf));
    },
  };
}

const Versions = z.array(z.number().int());
const Schema = z.object({
  schema: z.string(),
  schemaType: z.string().optional(),
  references: z.array(z.object({ name: z.string(), subject: z.string() })).optional(),
});
const Version = Schema.extend({ id: z.number().int(), version: z.number().int() });
/** The registry's own level is under another name in older versions. */
const Level = z.union([
  z.object({ compatibilityLevel: z.string() }).transform(({ compatibilityLevel }) => compatibilityLevel),
  z.object({ compatibility: z.string() }).transform(({ compatibility }) => compatibility),
]);

function registryAt(address: string, access: () => Promise<Access>): SchemaRegistry {
  const ask = async <S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S> | null> => {
    const { status, body } = await getJson(urlOf(address), path, await access());
    if (status === 404 && isNotThere(body)) return null;
    const parsed = schema.safeParse(body);
    if (status === 200 && parsed.success) return parsed.data;
    throw new RegistryUnavailable(
      `${firstOf(address)}${path} answered HTTP ${status}: ${JSON.stringify(body).slice(0, 200)}`,
    );
  };
  const versionsOf = async (name: string): Promise<SubjectLook['versions'] | null> => {
    const numbers = await ask(`/subjects/${encodeURIComponent(name)}/versions`, Versions);
    if (numbers === null) return null;
    const newest = numbers.toSorted((a, b) => a - b).slice(-NEWEST_VERSIONS);
    const found = await Promise.all(
      newest.map((number) => ask(`/subjects/${encodeURIComponent(name)}/versions/${number}`, Version)),
    );
    return found.flatMap((one) =>
      one === null ? [] : [{ version: one.version, id: one.id, schema: fingerprint(one) }],
    );
  };
  return {
    subject: async (name) => {
      const versions = await versionsOf(name);
      if (versions === null) return null;
      const level = (await ask(`/config/${encodeURIComponent(name)}`, Level)) ?? (await ask('/config', Level));
      return { versions, compatibility: level ?? 'unknown' };
    },
    schema: async (id) => {
      const found = await ask(`/schemas/ids/${id}`, Schema);
      return found === null ? null : fingerprint(found);
    },
  };
}

/** A registry that is asked for something it does not have says so by a code of its own; a wrong path does not. */
const isNotThere = (body: unknown): boolean => {
  const parsed = z.object({ error_code: z.number() }).safeParse(body);
  return parsed.success && parsed.data.error_code >= 40_400 && parsed.data.error_code <= 40_499;
};

/** Clients may be given several addresses of one registry. */
const firstOf = (addresses: string): string => (addresses.split(',')[0] ?? '').trim();

function urlOf(addresses: string): URL {
  const address = firstOf(addresses);
  if (/^https?:\/\//.test(address) && URL.canParse(address)) return new URL(address);
  throw new RegistryUnavailable(`schemaRegistry "${address}" is no address; allowed: http(s)://host[:port][/path]`);
}

async function accessOf(
  { schemaRegistrySecretArn: arn }: Pick<ClusterConfig, 'schemaRegistrySecretArn'>,
  secretOf: SecretResolver,
): Promise<Access> {
  if (arn === undefined) return {};
  const { username, password, ca } = (await secretOf(arn)) as { username?: string; password?: string; ca?: string };
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
  };
}
