import type { ServiceDefinition } from '@curfew/runtime';
import { Module } from '@nestjs/common';
import { HrInbox } from './inbound/hr-inbox.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { Scheduler } from './schedule/scheduler.js';
import { FollowSignals } from './signal/follow-signals.js';
import { ReceiveSignal } from './signal/receive-signal.js';
import { RescindSignal } from './signal/rescind-signal.js';
import { SignalController } from './signal/signal.controller.js';
import { SignalStore } from './signal/signal.store.js';
import { SignalsConsumer } from './signals.consumer.js';

@Module({
  controllers: [SignalsConsumer, SignalController],
  providers: [ReceiveSignal, RescindSignal, FollowSignals, SignalStore, Scheduler, HrInbox],
})
export class SignalsModule {}

export const signals: ServiceDefinition = {
  name: 'signals',
  module: SignalsModule,
  migrations: [Init1764000000000],
  entities: [],
  paths: ['/v1/signals'],
  // It only follows what comes of its signals; who ends sessions goes first.
  eventLingerMs: 25,
};
