/**
 * Which texts are left out: plain sentences for people. Emptied, they would only be missed by a test that repeats them word for word.
 * One word is an id, a kind or a key, and a template carries values: both must be missed.
 */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Two words with a blank between them. */
export const isSentence = (text: string): boolean => /\p{L}\S* .*\p{L}/u.test(text);

export const SENTENCE_REASON = 'a plain sentence for people';

interface Literal {
  readonly type: string;
  readonly value?: unknown;
}

const sentences = {
  shouldIgnore: (path: { readonly node?: Literal }): string | undefined =>
    path.node?.type === 'StringLiteral' && typeof path.node.value === 'string' && isSentence(path.node.value)
      ? SENTENCE_REASON
      : undefined,
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'sentences', sentences)];
