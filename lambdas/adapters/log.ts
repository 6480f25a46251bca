/** Structured log lines (Powertools) behind the Log port. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../ports.ts';

export interface LambdaLog extends Log {
  /** Every line of this invocation carries its request id. */
  begin(requestId: string): void;
}

export function powertoolsLog(functionName: string): LambdaLog {
  const logger = new Logger({ serviceName: functionName, logLevel: 'INFO' });
  return {
    begin: (requestId) => logger.appendKeys({ requestId }),
    info: (message, data = {}) => logger.info(message, { data: plain(data) }),
    warn: (message, data = {}) => logger.warn(message, { data: plain(data) }),
    error: (message, data = {}) => logger.error(message, { data: plain(data) }),
  };
}

/**
 * Errors would print as `{}` and bigints would throw inside JSON.stringify: both become text. A task token answers for
 * a person; it belongs to the control table, not into the log.
 */
const plain = (data: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(
    JSON.stringify(data, (key, value: unknown) => {
      if (key === 'taskToken') return '(not logged)';
      if (typeof value === 'bigint') return value.toString();
      if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
      return value;
    }),
  );
