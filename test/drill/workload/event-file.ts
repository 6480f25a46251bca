/** What clients did, as they write it down while they run. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { WorkloadEvent } from './spec.ts';

/** A growing file of JSON lines, read on from where it was left. */
export class EventFile {
  readonly path: string;
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.path = path;
  }

  more(): readonly WorkloadEvent[] {
    if (!existsSync(this.path)) return [];
    const size = statSync(this.path).size;
    if (size <= this.#offset) return [];
    const buffer = Buffer.alloc(size - this.#offset);
    const file = openSync(this.path, 'r');
    try {
      readSync(file, buffer, 0, buffer.length, this.#offset);
    } finally {
      closeSync(file);
    }
    this.#offset = size;
    const lines = (this.#rest + buffer.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as WorkloadEvent);
  }
}
