/** Remembers the newest routing value over a restart of the process, so that a client never steps back. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface RoutingMemory {
  /** The text saved last, or null. */
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

/** Keeps the value in a file; written beside and renamed, so that a crash leaves the old one. */
export const fileMemory = (file: string): RoutingMemory => ({
  load: async () => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  },
  save: async (text) => {
    await mkdir(path.dirname(file), { recursive: true });
    const fresh = `${file}.${process.pid}.new`;
    await writeFile(fresh, text);
    await rename(fresh, file);
  },
});
