/** A workload process: `node worker.ts <spec.json>`. Speaks to Kafka and AWS through client/ alone, unless it is naive. */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { consumeAll } from './consuming.ts';
import { consumeNaively } from './naive-consuming.ts';
import { produceNaively } from './naive-producing.ts';
import { produceAll } from './producing.ts';
import type { WorkloadControl, WorkloadEvent, WorkloadSpec } from './spec.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('usage: node worker.ts <spec.json>');
const spec = JSON.parse(readFileSync(path, 'utf8')) as WorkloadSpec;
// At once: what a client did before it was killed (SIGKILL) must stand there.
const file = openSync(spec.events, 'a');
const log = (event: WorkloadEvent): void => void writeSync(file, `${JSON.stringify(event)}\n`);

let control: WorkloadControl = { producing: false, speed: 'slow', burst: 0 };
const readControl = (): void => {
  try {
    control = JSON.parse(readFileSync(spec.control, 'utf8')) as WorkloadControl;
  } catch {
    // Being rewritten at this moment: the last one holds.
  }
};
readControl();
const timer = setInterval(readControl, 100);

const jobs = spec.naive
  ? { producers: produceNaively, consumers: consumeNaively }
  : { producers: produceAll, consumers: consumeAll };
const job = jobs[spec.role](spec, () => control, log);

let stopping = false;
process.on('SIGTERM', () => {
  if (stopping) return;
  stopping = true;
  clearInterval(timer);
  void job.then((running) => running.stop()).finally(() => process.exit(0));
});
