import { CheckDestination, type RunningConfig } from '@curfew/runtime';
import { openServiceDatabase } from '@curfew/testing';
import { GuardSource } from '../guard/guard-source.js';
import { GuardStore } from '../guard/guard.store.js';
import { ReceiveWebhook } from '../hook/receive-webhook.js';
import { FileMappings } from '../mapping/mappings.files.js';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { SignalStore } from '../signal/signal.store.js';
import { signals } from '../signals.module.js';
import { AccessTokens } from '../transmitter/access-tokens.js';
import { HttpTransmitterClient } from '../transmitter/transmitter.client.http.js';
import { AskSource } from './ask-source.js';
import { ErrandStore } from './errand.store.js';
import { RegisterSource } from './register-source.js';
import { RunErrands } from './run-errands.js';
import { SourceStore } from './source.store.js';

/** Sources and what takes in what they say, on a database of their own; a test starts the loops it wants. */
export type FakeSources = Awaited<ReturnType<typeof openSources>>;

export async function openSources(settings: Partial<RunningConfig> = {}) {
  const db = await openServiceDatabase('signals', signals.migrations);
  const config = { ...db.config, ...settings };
  const { unitOfWork, sweeper, log } = db;
  const [sources, mappings, errands] = [new SourceStore(sweeper), new FileMappings(), new ErrandStore(sweeper)];
  const client = new HttpTransmitterClient(config);
  const signalStore = new SignalStore(sweeper);
  const receiveSignal = new ReceiveSignal(unitOfWork, signalStore, new GuardSource(new GuardStore(sweeper)));
  const running: RunErrands[] = [];
  const stop = async () => void (await Promise.all(running.splice(0).map((one) => one.beforeApplicationShutdown())));
  return {
    db,
    sources,
    register: new RegisterSource(config, unitOfWork, sources, mappings, errands, new CheckDestination(config)),
    receive: new ReceiveWebhook(config, unitOfWork, sources, mappings, receiveSignal, errands, log),

    /** Asks, as one instance of several; `signals`: where what is said is kept. */
    start(signals = receiveSignal): void {
      const ask = new AskSource(client, new AccessTokens(config, client));
      const one = new RunErrands(unitOfWork, errands, sources, mappings, ask, signals, signalStore, log);
      one.onApplicationBootstrap();
      running.push(one);
    },
    stop,

    async close(): Promise<void> {
      await stop();
      await client.onApplicationShutdown();
      await db.close();
    },
  };
}
