/** Whether two registries mean the same: layout of the text and order of JSON keys do not count. */
import { createHash } from 'node:crypto';

export interface NamedSchema {
  readonly schema: string;
  /** Absent = AVRO, as registries leave it out. */
  readonly schemaType?: string | undefined;
  readonly references?: readonly { readonly name: string; readonly subject: string }[] | undefined;
}

export function fingerprint({ schema, schemaType = 'AVRO', references = [] }: NamedSchema): string {
  const referred = references.map(({ name, subject }) => `${name} ${subject}`).toSorted();
  const whole = JSON.stringify([schemaType, canonical(schema), referred]);
  return createHash('sha256').update(whole).digest('hex').slice(0, 16);
}

function canonical(schema: string): string {
  try {
    return JSON.stringify(ordered(JSON.parse(schema)));
  } catch {
    // Protobuf is no JSON.
    return schema.replace(/\s+/g, ' ').trim();
  }
}

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
};
