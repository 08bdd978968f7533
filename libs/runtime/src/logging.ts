import { Inject, type LoggerService } from '@nestjs/common';
import pino, { type Logger } from 'pino';
import type { Config } from './config.js';

export const LOGGER = Symbol('Logger');
export const InjectLogger = (): ParameterDecorator => Inject(LOGGER);
export type { Logger };

/**
 * One JSON line a thing that happened. ERROR: someone must act; WARN: it is being waited for or was refused oddly;
 * INFO: a decision or an attempt. No secret, no token: keys are named by their id.
 */
export function createLogger({ logLevel, logFile }: Pick<Config, 'logLevel' | 'logFile'>): Logger {
  const options: pino.LoggerOptions = {
    level: logLevel,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['authorization', '*.authorization', 'headers.authorization', 'key', '*.secret', '*.password'],
  };
  return logFile ? pino(options, pino.destination({ dest: logFile, mkdir: true, sync: true })) : pino(options);
}

/** Nest's own messages, of which only the troubles are of use to whoever reads the log. */
export function nestLogger(log: Logger): LoggerService {
  const text = (message: unknown) => (message instanceof Error ? message.message : String(message));
  return {
    log: (message: unknown) => log.debug(text(message)),
    debug: (message: unknown) => log.debug(text(message)),
    verbose: (message: unknown) => log.trace(text(message)),
    warn: (message: unknown) => log.warn(text(message)),
    error: (message: unknown, ...more: unknown[]) => log.error({ more }, text(message)),
    fatal: (message: unknown) => log.fatal(text(message)),
  };
}
