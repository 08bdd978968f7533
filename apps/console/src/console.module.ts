import { KnownKeysOfPersons1764820000000, type ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { LiveSessions } from './live/live-sessions.js';
import { Init1764700000000 } from './migrations/1764700000000-init.js';
import { Deadlines1764820000001 } from './migrations/1764820000001-deadlines.js';
import { Services } from './proxy/services.client.js';
import { HttpServices } from './proxy/services.client.http.js';
import { AdministratorStore } from './session/administrator.store.js';
import { Administrators } from './session/administrators.js';
import { Deadlines } from './session/deadlines.js';
import { ConsoleServer } from './web/console.server.js';
import { ProviderServer } from './web/provider.server.js';

@Module({
  controllers: [],
  providers: [
    AdministratorStore,
    Administrators,
    Deadlines,
    ProviderServer,
    { provide: Services, useClass: HttpServices },
    LiveSessions,
    ConsoleServer,
  ],
})
export class ConsoleModule {}

export const console: ServiceDefinition = {
  name: 'console',
  module: ConsoleModule,
  migrations: [Init1764700000000, KnownKeysOfPersons1764820000000, Deadlines1764820000001],
  paths: ['/', '/console'],
};
