/** Schema registries in memory; passes test/contracts/schema-registry.test.ts like the real adapter. */
import { createHash } from 'node:crypto';
import type { SchemaRegistries, SchemaRegistry } from '../../../lambdas/ports.ts';

/** What a test does to a registry. */
export interface FakeRegistry {
  /** Registers a further version under the id; the same id again means the same schema. */
  register(subject: string, schema: string, id: number): void;
  setCompatibility(level: string, subject?: string): void;
  /** Every call throws this while it is set. */
  broken: Error | null;
  readonly port: SchemaRegistry;
}

const print = (schema: string): string => createHash('sha256').update(schema).digest('hex').slice(0, 16);

export function fakeRegistry(): FakeRegistry {
  const subjects = new Map<string, { version: number; id: number; schema: string }[]>();
  const levels = new Map<string, string>();
  let level = 'BACKWARD';
  const registry: FakeRegistry = {
    broken: null,
    register: (subject, schema, id) => {
      const versions = subjects.get(subject) ?? [];
      versions.push({ version: versions.length + 1, id, schema: print(schema) });
      subjects.set(subject, versions);
    },
    setCompatibility: (to, subject) => {
      if (subject === undefined) level = to;
      else levels.set(subject, to);
    },
    port: {
      subject: async (name) => {
        if (registry.broken) throw registry.broken;
        const versions = subjects.get(name);
        return versions === undefined
          ? null
          : { compatibility: levels.get(name) ?? level, versions: versions.map((one) => ({ ...one })) };
      },
      schema: async (id) => {
        if (registry.broken) throw registry.broken;
        return [...subjects.values()].flat().find((one) => one.id === id)?.schema ?? null;
      },
    },
  };
  return registry;
}

export interface FakeSchemaRegistries extends SchemaRegistries {
  readonly of: ReadonlyMap<string, FakeRegistry>;
}

/** Of the clusters named; the others have none. */
export function fakeSchemaRegistries(...clusters: readonly string[]): FakeSchemaRegistries {
  const of = new Map(clusters.map((alias) => [alias, fakeRegistry()]));
  return { of, registry: (alias) => of.get(alias)?.port };
}
