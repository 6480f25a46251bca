/** Text for places with a limit. */

/** A workflow's reason has 500 characters, for example: the beginning says the most. */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
