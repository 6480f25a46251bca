/** Reads the environment of a function once, at its cold start, and names every problem at once. */
import type * as z from 'zod';
import { readShape, sayProblem } from '../../core/contracts/shape.ts';

/** The deployment gave this function an environment that it cannot work with. */
export class EnvironmentUnusable extends Error {
  override readonly name = 'EnvironmentUnusable';
}

/** @throws EnvironmentUnusable naming each variable that is missing or wrong, with what was found */
export function readEnv<S extends z.ZodType>(
  schema: S,
  source: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const read = readShape(schema, source);
  if (read.kind === 'valid') return read.data;
  const problems = read.problems.map((problem) => sayProblem(problem, 'it'));
  throw new EnvironmentUnusable(`environment of this function: ${problems.join('; ')}; deploy the stack again`);
}
