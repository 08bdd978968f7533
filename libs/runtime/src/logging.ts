import {
  ApiKeyCreatedV1,
  ApiKeyRevokedV1,
  DeliveryAbandonedV1,
  DeliveryBreachedV1,
  DeliveryDisputedV1,
  DeliveryRejectedV1,
  DeviceClearedV1,
  PolicyUpdatedV1,
  ReactionsUpdatedV1,
  RevocationCompletedV1,
  RevocationDeclinedV1,
  RevocationRequestedV1,
  RevocationResolvedV1,
  RevocationStartedV1,
  SignalParkedV1,
  SignalReceivedV1,
  SignalRescindedV1,
  SignalScheduledV1,
  SigningKeyRotatedV1,
  SourceGuardChangedV1,
  SourceHoldDecidedV1,
  SourceHoldOpenedV1,
  SubjectReinstatedV1,
  TenantCreatedV1,
  type CurfewEvent,
} from '@curfew/contracts';
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

/** What is said once for a person or a revocation, and once for a session only where someone must look. */
const TOLD: ReadonlySet<string> = new Set(
  [
    SignalReceivedV1,
    SignalScheduledV1,
    SignalRescindedV1,
    SignalParkedV1,
    RevocationDeclinedV1,
    RevocationRequestedV1,
    RevocationStartedV1,
    RevocationResolvedV1,
    RevocationCompletedV1,
    SubjectReinstatedV1,
    DeviceClearedV1,
    DeliveryBreachedV1,
    DeliveryRejectedV1,
    DeliveryAbandonedV1,
    DeliveryDisputedV1,
    PolicyUpdatedV1,
    ReactionsUpdatedV1,
    SigningKeyRotatedV1,
    SourceGuardChangedV1,
    SourceHoldDecidedV1,
    SourceHoldOpenedV1,
    ApiKeyCreatedV1,
    ApiKeyRevokedV1,
    TenantCreatedV1,
  ].map(({ type }) => type),
);

/**
 * One line a fact, with the correlation id that leads from a signal through every service to the last answer. Facts of
 * single sessions are in the audit trail; here they are `debug`.
 */
export function logPublished(log: Logger, events: readonly CurfewEvent[]): void {
  for (const { type, tenant, subject, actor, correlationid, id } of events) {
    const level = TOLD.has(type) ? 'info' : 'debug';
    if (!log.isLevelEnabled(level)) continue; // a bulk kill publishes by the hundred
    log[level]({ type, tenant, subject, actor, correlationId: correlationid, eventId: id }, 'published');
  }
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
