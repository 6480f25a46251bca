/** From anything to what a schema takes, or what is wrong with it, in words for whoever wrote it. */
import type * as z from 'zod';
import { meant } from './near.ts';
import { isNonEmpty, type NonEmpty } from './primitives.ts';
import { clip } from './text.ts';

export interface ShapeProblem {
  readonly path: readonly PropertyKey[];
  /** Goes on after the path: `is "ten"; must be a number`, `is missing`, `has no field "x"; allowed: ...`. */
  readonly message: string;
}

export type Shaped<T> =
  | { readonly kind: 'valid'; readonly data: T }
  | { readonly kind: 'invalid'; readonly problems: NonEmpty<ShapeProblem> };

/** Never throws. */
export function readShape<S extends z.ZodType>(schema: S, input: unknown): Shaped<z.output<S>> {
  const parsed = schema.safeParse(input, { error: inOurWords, reportInput: true });
  if (parsed.success) return { kind: 'valid', data: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, []));
  if (!isNonEmpty(problems)) throw new Error('a schema refused its input without an issue');
  return { kind: 'invalid', problems };
}

/** `place.path message`, for readers without a place of their own for it. */
export const sayProblem = ({ path, message }: ShapeProblem, whole: string): string =>
  `${path.map(String).join('.') || whole} ${message}`;

const MAX_SHOWN = 120;
const MAX_LISTED = 20;

/** A value as a person recognizes it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return typeof value === 'string' ? clip(JSON.stringify(value), MAX_SHOWN) : String(value);
}

const found = (value: unknown): string =>
  value === undefined ? 'is missing' : value === null ? 'is empty' : `is ${shown(value)}`;

/** What stands in the schema itself ("host:port") outranks these. */
const inOurWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values, issue.input);
    case 'too_small':
      return `must ${limit(issue.origin, issue.minimum, issue.inclusive === false ? 'above' : 'at least')}`;
    case 'too_big':
      return `must ${limit(issue.origin, issue.maximum, issue.inclusive === false ? 'below' : 'at most')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? `what matches ${issue.pattern ?? issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${String(issue.divisor)}`;
    case 'unrecognized_keys':
      return noField(issue.keys, fieldsOf(issue.inst?._zod.def));
    default:
      return 'is not allowed';
  }
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
};

const FORMATS: Readonly<Record<string, string>> = { email: 'an e-mail address' };

function limit(origin: string, bound: number | bigint, how: string): string {
  if (origin === 'string') return bound === 1 ? 'not be empty' : `have ${how} ${bound} characters`;
  if (origin === 'array') return `have ${how} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
  return `be ${how} ${bound}`;
}

const oneOf = (values: readonly unknown[], input: unknown): string =>
  `allowed: ${values.map(shown).join(', ')}${meant(input, values)}`;

/** By its form: a class of zod's core named here would take the whole of it into every bundle. */
const fieldsOf = (definition: object | undefined): readonly string[] =>
  definition !== undefined && 'shape' in definition ? Object.keys(definition.shape as object) : [];

function noField(keys: readonly string[], known: readonly string[]): string {
  const unknown = keys.slice(0, MAX_LISTED).map((key) => `${shown(key)}${meant(key, known)}`);
  if (keys.length > MAX_LISTED) unknown.push(`and ${keys.length - MAX_LISTED} more`);
  return `has no field ${unknown.join(', ')}; allowed: ${known.join(', ')}`;
}

function problemsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly ShapeProblem[] {
  const path = [...above, ...issue.path];
  const is = (message: string): readonly ShapeProblem[] => [{ path, message }];
  switch (issue.code) {
    case 'unrecognized_keys':
    case 'custom':
      return is(issue.message);
    case 'invalid_type':
      return is(hasNoType(issue) ? 'is missing' : `${found(issue.input)}; ${issue.message}`);
    case 'invalid_format':
      return is(`${found(issue.input)}; allowed: ${issue.message}`);
    case 'invalid_key':
      return is(`is no possible name; allowed: ${issue.issues[0]?.message ?? 'another one'}`);
    case 'invalid_union':
      return unionProblems(issue, path);
    default:
      return is(`${found(issue.input)}; ${issue.message}`);
  }
}

/** Most things are strings, and a value that is wanted in any form has no type to tell. */
const hasNoType = ({ input, expected }: z.core.$ZodIssueInvalidType): boolean =>
  input === undefined && (expected === 'string' || expected === 'nonoptional');

/** Of several shapes the one counts that what was written comes nearest to. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): readonly ShapeProblem[] {
  if (issue.discriminator !== undefined && 'options' in issue) {
    const value = (issue.input as Readonly<Record<string, unknown>>)[issue.discriminator];
    const options = (issue.options ?? []).filter((option) => option !== undefined);
    return [{ path, message: `${found(value)}; ${oneOf(options, value)}` }];
  }
  const nearestShape = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
  return nearestShape.length === 0
    ? [{ path, message: `${found(issue.input)}; ${issue.message}` }]
    : nearestShape.flatMap((one) => problemsOf(one, path));
}
