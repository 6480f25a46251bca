/** Code whose mutants are known: `npm run mutation` shows on it, before anything else, that it can tell the dead from the living. */

/** Its test looks at both sides of the limit. */
export const isOld = (ageMs: number): boolean => ageMs > 1_000;

/** Its test sees that it answers, and nothing of the answer. */
export const isYoung = (ageMs: number): boolean => ageMs < 1_000;

/** Nobody tests it. */
export const isAncient = (ageMs: number): boolean => ageMs === 2_000;

/** Made once, when the module is loaded. */
export const LIMITS: readonly string[] = ['old'];

export const reasonOf = (): string => 'a sentence of many words';

// Stryker disable next-line ArithmeticOperator: control: left out by its reason
export const doubled = (ageMs: number): number => ageMs * 2;
