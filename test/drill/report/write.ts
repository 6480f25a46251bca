/** Puts a report where people and programs find it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { page } from './html/page.ts';
import { Report } from './shape.ts';

/**
 * Writes `report.json` and `index.html` into the folder.
 * @throws ZodError where the report is not as documented: better no file than one that its readers refuse.
 */
export function writeReport(folder: string, report: Report): void {
  const checked = Report.parse(report);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(checked, null, 1)}\n`);
  writeFileSync(join(folder, 'index.html'), page(checked));
}

/** A run that dies in the middle must not leave the page of an earlier one behind, which may say that all is well. */
export function removeReport(folder: string): void {
  for (const name of ['report.json', 'index.html']) rmSync(join(folder, name), { force: true });
}
