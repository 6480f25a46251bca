/** What tests get for `@jest/globals` outside of jest: the same words, collected by the same library. */
export { describe, it, test } from 'jest-circus';
export { expect } from 'expect';
