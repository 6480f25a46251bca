/** Reads the environment of a function once, at its cold start, and names every problem at once. */
import type * as z from 'zod';

/** The deployment gave this function an environment that it cannot work with. */
export class EnvironmentUnusable extends Error {
  override readonly name = 'EnvironmentUnusable';
}

/** @throws EnvironmentUnusable naming each variable that is missing or wrong, with what was found */
export function readEnv<S extends z.ZodType>(
  schema: S,
  source: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const variable = path.join('.');
    const value = source[variable];
    return value === undefined ? `${variable} is missing` : `${variable} is "${value}": ${message}`;
  });
  throw new EnvironmentUnusable(`environment of this function: ${problems.join('; ')}; deploy the stack again`);
}
