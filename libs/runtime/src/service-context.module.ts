import { UnitOfWork } from '@curfew/messaging';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { EventTransport } from '@curfew/messaging';
import { BearerGuard } from './auth/bearer.guard.js';
import { KeyDirectory } from './auth/key-directory.js';
import { KnownKeysConsumer } from './auth/known-keys.consumer.js';
import { UnknownKeys } from './auth/unknown-keys.js';
import { Sweeper } from './database/database.js';
import { ForgetOldRows } from './database/forget-old-rows.js';
import { ProblemFilter } from './http/problem.filter.js';
import { StrictAddressGuard } from './http/strict-address.guard.js';
import { LOGGER, type Logger } from './logging.js';
import { Metrics } from './metrics.js';
import { CONFIG, type RunningConfig, type ServiceDefinition } from './service.js';

export interface ServiceContext {
  readonly definition: ServiceDefinition;
  readonly config: RunningConfig;
  readonly log: Logger;
  readonly unitOfWork: UnitOfWork;
  readonly sweeper: Sweeper;
  readonly transport: EventTransport;
  readonly metrics: Metrics;
  readonly keys: KeyDirectory;
}

/** What every service's own container is given; nothing else is shared between two of them. */
@Global()
@Module({})
export class ServiceContextModule {
  static with(context: ServiceContext): DynamicModule {
    const given = [
      { provide: CONFIG, useValue: context.config },
      { provide: LOGGER, useValue: context.log },
      { provide: UnitOfWork, useValue: context.unitOfWork },
      { provide: Sweeper, useValue: context.sweeper },
      { provide: EventTransport, useValue: context.transport },
      { provide: Metrics, useValue: context.metrics },
      { provide: KeyDirectory, useValue: context.keys },
    ];
    return {
      module: ServiceContextModule,
      imports: [context.definition.module],
      controllers: [KnownKeysConsumer],
      providers: [
        ...given,
        ForgetOldRows,
        UnknownKeys,
        { provide: APP_GUARD, useClass: BearerGuard },
        { provide: APP_GUARD, useClass: StrictAddressGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: given.map(({ provide }) => provide),
    };
  }
}
