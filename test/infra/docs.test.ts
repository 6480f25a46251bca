import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { generatedPages } from '../../tools/docs.ts';

test.each(Object.entries(generatedPages()))(
  '%s is what the code says (else run "npm run docs" and commit)',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);
