/** Remembers the newest routing value over a restart of the process, so that a client never steps back. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Turns } from './turns.ts';

export interface RoutingMemory {
  /** The text saved last, or null. */
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

/**
 * Keeps the value in a file; written beside and renamed, so that a crash leaves the old one. Saves follow one another,
 * so that the last one stands. Several clients of a process may share the file: they follow the same values.
 */
export const fileMemory = (file: string): RoutingMemory => {
  const saves = new Turns();
  const write = async (text: string) => {
    await mkdir(path.dirname(file), { recursive: true });
    const fresh = `${file}.${randomUUID()}.new`;
    await writeFile(fresh, text);
    await rename(fresh, file);
  };
  return {
    load: async () => {
      try {
        return await readFile(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    save: (text) => saves.take(() => write(text)),
  };
};
