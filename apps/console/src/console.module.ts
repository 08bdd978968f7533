import type { ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { LiveSessions } from './live/live-sessions.js';
import { Init1764700000000 } from './migrations/1764700000000-init.js';
import { Services } from './proxy/services.client.js';
import { HttpServices } from './proxy/services.client.http.js';
import { AdministratorStore } from './session/administrator.store.js';
import { Administrators } from './session/administrators.js';
import { ConsoleServer } from './web/console.server.js';

@Module({
  controllers: [],
  providers: [
    AdministratorStore,
    Administrators,
    { provide: Services, useClass: HttpServices },
    LiveSessions,
    ConsoleServer,
  ],
})
export class ConsoleModule {}

export const console: ServiceDefinition = {
  name: 'console',
  module: ConsoleModule,
  migrations: [Init1764700000000],
  paths: ['/', '/console'],
};
