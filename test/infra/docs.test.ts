import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { generatedPages } from '../../tools/docs.ts';

test.each(Object.entries(generatedPages()))(
  '%s is what the code says (else run "npm run docs" and commit)',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

test('every field of the configuration is told in words', () => {
  const rows = readFileSync('docs/config.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(90);
  expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
});
