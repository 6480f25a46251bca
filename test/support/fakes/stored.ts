/** In-memory items that behave like stored ones: validated, copied on the way in and out, no `undefined`, no bigint. */
import type * as z from 'zod';

export interface Stored<T> {
  put(key: string, value: T): void;
  get(key: string): T | null;
  remove(key: string): void;
  /** Items whose key starts with the prefix, by key, ascending. */
  list(prefix: string): readonly T[];
}

export function stored<S extends z.ZodType>(schema: S): Stored<z.infer<S>> {
  const items = new Map<string, string>();
  const read = (text: string) => schema.parse(JSON.parse(text));
  return {
    put: (key, value) => void items.set(key, JSON.stringify(schema.parse(value))),
    get: (key) => {
      const text = items.get(key);
      return text === undefined ? null : read(text);
    },
    remove: (key) => void items.delete(key),
    list: (prefix) =>
      [...items.entries()]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, text]) => read(text)),
  };
}

/** So that text order is time order. */
export const timeKey = (atMs: number): string => String(atMs).padStart(15, '0');
