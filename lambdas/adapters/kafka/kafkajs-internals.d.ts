/** Shapes of the kafkajs 2.2.4 internals that internals.ts uses. The version is pinned; test/contracts/kafka-*.test.ts would notice a change. */
declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type { Mechanism, SASLOptions } from 'kafkajs';

  /** One TCP connection to one broker: framing, correlation ids, request time-outs, SASL. */
  export default class Connection {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      logger: unknown;
      socketFactory: (options: { onConnect: () => void }) => Socket;
      ssl?: object | null;
      sasl?: SASLOptions | Mechanism | null;
    });
    connect(): Promise<true>;
    disconnect(): Promise<true>;
    isConnected(): boolean;
    authenticate(): Promise<void>;
    setVersions(versions: Record<number, { minVersion: number; maxVersion: number }>): void;
    setSupportAuthenticationProtocol(isSupported: boolean): void;
    send(protocol: {
      request: unknown;
      response: { decode: (raw: Buffer) => Promise<unknown>; parse: (data: unknown) => Promise<unknown> };
      logResponseError?: boolean;
    }): Promise<unknown>;
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[];
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  interface Definition {
    versions: string[];
    protocol: (options: { version: number }) => (args: object) => {
      request: { apiVersion: number };
      response: { decode: (raw: Buffer) => Promise<unknown>; parse: (data: unknown) => Promise<unknown> };
    };
  }
  const internals: {
    requests: Record<string, Definition>;
    lookup: (
      versions: Record<number, { minVersion: number; maxVersion: number }>,
    ) => (apiKey: number, definition: Definition) => ReturnType<Definition['protocol']>;
  };
  export default internals;
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: Record<string, number>;
  export default apiKeys;
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: { errorCodes: readonly { type: string; code: number; message: string }[] };
  export default errors;
}

declare module 'kafkajs/src/loggers/index.js' {
  import type { logCreator } from 'kafkajs';
  const loggers: { createLogger: (options: { level: number; logCreator: logCreator }) => unknown };
  export default loggers;
}
