import { PolicyEnforcedV1 } from '@curfew/contracts';
import { KnownKeysOfPersons1764820000000, type ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { AuditConsumer } from './audit.consumer.js';
import { AppendEntries } from './chain/append-entries.js';
import { AuditController } from './chain/audit.controller.js';
import { EntryStore } from './chain/entry.store.js';
import { SignHeads } from './chain/sign-heads.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { VerifyChain } from './verification/verify-chain.js';

@Module({
  controllers: [AuditConsumer, AuditController],
  providers: [EntryStore, AppendEntries, SignHeads, VerifyChain],
})
export class AuditModule {}

export const audit: ServiceDefinition = {
  name: 'audit',
  module: AuditModule,
  migrations: [Init1764000000000, KnownKeysOfPersons1764820000000],
  paths: ['/v1/audit'],
  // The trail is in no hurry, and shares the machine with who is.
  eventLingerMs: 50,
  promptEvents: [PolicyEnforcedV1],
};
