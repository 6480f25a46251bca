/** Text for places with a limit. */

/** A workflow's reason has 500 characters, for example: the beginning says the most. */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** The first so many of a list, and how many more there are: `a, b and 2 more`. */
export const firstOf = (list: readonly string[], most: number, between: string): string =>
  list.slice(0, most).join(between) + (list.length > most ? ` and ${list.length - most} more` : '');
