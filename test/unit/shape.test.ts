/** What is wrong with something that people or other systems wrote, in our words and in nobody else's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import * as z from 'zod';
import { readConfig } from '../../core/config/read.ts';
import { nearest } from '../../core/contracts/near.ts';
import { OperateCommand } from '../../core/contracts/operate.ts';
import { parseRouting } from '../../core/contracts/routing.ts';
import { readShape, sayProblem } from '../../core/contracts/shape.ts';
import { WorkflowInput } from '../../core/contracts/workflow.ts';

const said = (schema: z.ZodType, input: unknown): readonly string[] => {
  const read = readShape(schema, input);
  return read.kind === 'valid' ? [] : read.problems.map((problem) => sayProblem(problem, 'it'));
};

/** What zod says by itself. */
const FOREIGN = /\bexpected\b|\breceived\b|unrecognized|invalid|\bundefined\b|\bNaN\b.*\bNaN\b/i;

test('what is right comes back as the schema makes it', () => {
  expect(readShape(z.object({ a: z.number().default(3) }), {})).toEqual({ kind: 'valid', data: { a: 3 } });
});

test.each<readonly [string, unknown, readonly string[]]>([
  [
    'a short reason',
    { pair: 'a', clientSet: 'b', reason: 'x' },
    ['reason is "x"; say why, in a few words: at least 3 characters'],
  ],
  ['no reason', { pair: 'a', clientSet: 'b' }, ['reason is missing']],
  ['null', { pair: 'a', clientSet: 'b', reason: null }, ['reason is empty; must be a string']],
  ['nothing', undefined, ['it is missing; must be a mapping (key: value)']],
])('an input with %s', (_case, input, sentences) => {
  expect(said(WorkflowInput, input)).toEqual(sentences);
});

test('a value that is long is cut', () => {
  expect(said(z.number(), 'x'.repeat(500))[0]).toHaveLength('it is ; must be a number'.length + 120);
});

test('a routing value that is none is told field by field', () => {
  expect(parseRouting('{"schema": 1, "pair": "Orders"}')).toMatchObject({
    kind: 'invalid',
    problems: expect.arrayContaining([
      'pair is "Orders"; allowed: lower case letters, digits and "-", 1 to 32 characters',
      'clientSet is missing',
    ]),
  });
});

test.each([
  ['intervalSecond', 'intervalSeconds'],
  ['IntervalSeconds', 'intervalSeconds'],
  ['confrimSeconds', 'confirmSeconds'],
  ['colour', undefined],
  ['x', undefined],
])('nearest to "%s" is %s', (word, near) => {
  expect(nearest(word, ['intervalSeconds', 'confirmSeconds', 'id'])).toBe(near);
});

const config = parse(readFileSync(join('examples', 'two-regions-witness.yaml'), 'utf8')) as object;
const jsonLike = fc.oneof(fc.jsonValue(), fc.constant(Number.NaN), fc.constant(undefined));

/** Puts something else at some place of a document. */
function damaged(document: unknown, turns: readonly number[], value: unknown): unknown {
  const [turn, ...rest] = turns;
  if (turn === undefined || typeof document !== 'object' || document === null) return value;
  const keys = Object.keys(document);
  const key = keys[turn % (keys.length + 1)] ?? 'unheard-of';
  const copy: Record<string, unknown> = { ...(document as Record<string, unknown>) };
  copy[key] = damaged(copy[key], rest, value);
  return Array.isArray(document) ? Object.values(copy) : copy;
}
const damage = fc.tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }), jsonLike);

test('whatever is damaged in a configuration, it is told in our words', () => {
  fc.assert(
    fc.property(damage, ([turns, value]) => {
      const reading = readConfig(damaged(config, turns, value));
      if (reading.kind === 'invalid')
        for (const { message } of reading.problems) expect(message.replaceAll(/"[^"]*"/g, '')).not.toMatch(FOREIGN);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['operate', OperateCommand, { command: 'start', clientSet: 'clients-k1', reason: 'fire' }],
  ['a workflow', WorkflowInput, { pair: 'orders', clientSet: 'clients-k1', reason: 'fire', takeUpBy: { by: 'me' } }],
])('whatever is damaged in the input of %s, it is told in our words', (_whose, schema, input) => {
  fc.assert(
    fc.property(damage, ([turns, value]) => {
      for (const sentence of said(schema, damaged(input, turns, value)))
        expect(sentence.replaceAll(/"[^"]*"/g, '')).not.toMatch(FOREIGN);
    }),
  );
});

test('of very many unknown fields the first ones are named, at once', () => {
  const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field-${i}-${'x'.repeat(50)}`, i]));
  expect(said(z.strictObject({ a: z.number().optional() }), fields)[0]).toMatch(
    /"field-19-x+", and 9980 more; allowed: a$/,
  );
});
