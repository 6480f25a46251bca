/**
 * Shape of the kafkajs 2.2.4 internals that aborted.ts uses. The version is pinned; test/unit/client/aborted.test.ts goes
 * kafkajs's own way through them and would notice a change, and so does aborted.ts where it runs.
 */
declare module 'kafkajs/src/protocol/requests/fetch/index.js' {
  interface Made {
    readonly request: { readonly apiVersion: number };
    readonly response: { readonly decode: (raw: Buffer) => Promise<unknown> };
  }
  const fetchRequests: {
    protocol: (wanted: { readonly version: number }) => (options: object) => Made;
  };
  export default fetchRequests;
}

/** What becomes of a fetched partition, for the test alone. */
declare module 'kafkajs/src/consumer/batch.js' {
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partition: object);
    readonly messages: readonly { readonly offset: string; readonly value: Buffer | null }[];
  }
}
