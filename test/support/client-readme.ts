/** The samples in the client library's README, as somebody types them. */

/** @returns each whole: the first gives what the others begin with, who we are and where the routing is */
export function readmeSamples(readme: string): readonly string[] {
  const [first = '', ...others] = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, text]) => text!);
  const shared = ["import { ssmSource } from 'mm2-failover-client';"].concat(
    first.split('\n').filter((line) => /^const (us|host|source) =/.test(line)),
  );
  return [first, ...others.map((text) => `${shared.join('\n')}\n${text}`)];
}
