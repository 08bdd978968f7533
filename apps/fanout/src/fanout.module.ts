import { KnownKeysOfPersons1764820000000, CheckDestination, type ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { ApplicationClient } from './application/application.client.js';
import { HttpApplicationClient } from './application/application.client.http.js';
import { ApplicationController } from './application/application.controller.js';
import { ApplicationStore } from './application/application.store.js';
import { ReceiptKeys } from './application/receipt-keys.js';
import { RegisterApplication } from './application/register-application.js';
import { AttemptDelivery } from './delivery/attempt-delivery.js';
import { DeliveryController } from './delivery/delivery.controller.js';
import { DeliveryStore } from './delivery/delivery.store.js';
import { PlanDeliveries } from './delivery/plan-deliveries.js';
import { RecordOutcomes } from './delivery/record-outcomes.js';
import { Redeliver } from './delivery/redeliver.js';
import { SendDeliveries } from './delivery/send-deliveries.js';
import { TimelinessStore } from './delivery/timeliness.store.js';
import { TryEndpoint } from './delivery/try-endpoint.js';
import { WatchDeadlines } from './delivery/watch-deadlines.js';
import { FanoutConsumer } from './fanout.consumer.js';
import { IssuerController } from './issuer/issuer.controller.js';
import { Issuers } from './issuer/issuers.js';
import { SigningKeys } from './issuer/signing-keys.js';
import { TenantDirectory } from './issuer/tenant-directory.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { RequeuedAt1764100000000 } from './migrations/1764100000000-requeued-at.js';
import { CompleteRevocations } from './revocation/complete-revocations.js';
import { FollowRevocations } from './revocation/follow-revocations.js';
import { ProgressStore } from './revocation/progress.store.js';

@Module({
  controllers: [FanoutConsumer, ApplicationController, DeliveryController, IssuerController],
  providers: [
    { provide: ApplicationClient, useClass: HttpApplicationClient },
    ApplicationStore,
    CheckDestination,
    ReceiptKeys,
    RegisterApplication,
    DeliveryStore,
    TimelinessStore,
    PlanDeliveries,
    AttemptDelivery,
    SendDeliveries,
    TryEndpoint,
    RecordOutcomes,
    WatchDeadlines,
    Redeliver,
    ProgressStore,
    CompleteRevocations,
    FollowRevocations,
    Issuers,
    SigningKeys,
    TenantDirectory,
  ],
})
export class FanoutModule {}

export const fanout: ServiceDefinition = {
  name: 'fanout',
  module: FanoutModule,
  migrations: [Init1764000000000, RequeuedAt1764100000000, KnownKeysOfPersons1764820000000],
  paths: ['/v1/applications', '/v1/deliveries', '/v1/signing-keys', '/.well-known', '/jwks.json', '/t'],
};
