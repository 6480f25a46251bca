/**
 * The library never writes to the console: it speaks to the logger it was given, or to nobody. One thing is told
 * even so: who has no logger would otherwise wait for a first routing value without a word.
 */
import { logLevel, type logCreator } from 'kafkajs';

export type LogData = Readonly<Record<string, unknown>>;

/** Any structured logger fits (pino, winston, Powertools ...). */
export interface Logger {
  debug(message: string, data?: LogData): void;
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
}

const nothing = () => undefined;
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * kafkajs speaks through the same logger, one level lower: what it calls an error is mostly a retry, and the error that
 * matters is the one this library reports itself.
 */
export const kafkaLogs =
  (logger: Logger): logCreator =>
  () =>
  ({ namespace, level, log }) => {
    const { message, logger: _name, timestamp: _at, stack: _stack, ...data } = log as LogData & { message: string };
    const text = `kafkajs ${namespace}: ${message}`;
    if (level === logLevel.ERROR) logger.warn(text, data);
    else if (level === logLevel.WARN) logger.info(text, data);
    else logger.debug(text, data);
  };

/** A warning that cannot get lost: to the logger, or as a warning of the process where there is none. */
export function warnAloud(logger: Logger, message: string, data: LogData): void {
  if (logger === silentLogger) process.emitWarning(message, { type: 'NoRoutingValueWarning', code: 'MM2F_NO_ROUTING' });
  else logger.warn(message, data);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
