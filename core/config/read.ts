/** From what the YAML parser gave to a valid configuration, or every problem at once. */
import * as z from 'zod';
import type { ConfigProblem } from './problem.ts';
import { PairConfig } from './schema.ts';
import { crossFieldProblems } from './rules.ts';

export type { ConfigProblem } from './problem.ts';

export type ConfigReading =
  | { readonly kind: 'valid'; readonly config: PairConfig }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

export function readConfig(document: unknown): ConfigReading {
  const parsed = PairConfig.safeParse(document);
  if (!parsed.success) return { kind: 'invalid', problems: parsed.error.issues.map(problemOf) };
  const problems = crossFieldProblems(parsed.data);
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'valid', config: parsed.data };
}

const problemOf = (issue: z.core.$ZodIssue): ConfigProblem => ({
  path: issue.path.join('.') || 'the file',
  message: issue.code === 'invalid_type' && issue.input === undefined ? `is missing (${issue.message})` : issue.message,
});
