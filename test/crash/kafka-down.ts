import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from '../support/rig.js';
import { Topics } from '../support/topics.js';
import { Transmitter } from '../support/transmitter.js';
import { aScene } from './setting.js';

const BITES_WITHIN_MS = 3_000;
const TOLD_WITHIN_MS = 5_000;

/** The broker is down for so long. */
export function kafkaDown(rig: () => Rig, downMs: number): void {
  describe('Kafka', () => {
    const scene = aScene(rig, 6);
    let transmitter: Transmitter;
    beforeAll(async () => {
      transmitter = await Transmitter.start();
    });
    afterAll(() => transmitter?.close());

    it(
      `F-10 Kafka killed for ${downMs / 1000} s: kills over HTTP bite at once, signals wait in sight; 5 s after it is back all are told; what was answered 202 as its service was killed is on disk`,
      async () => {
        const people = await scene().people(8);
        const [, byHttp, onDevice, bySignal, compromised, pushed, ...more] = people;
        rig().servers.kafka.signal('SIGKILL');
        const downUntil = Date.now() + downMs;

        const requests = await Promise.all([
          scene().revoke(byHttp!),
          scene().end({ device: onDevice!.device }, onDevice!.sessions),
          ...more.map((person) => scene().revoke(person)),
        ]);
        await scene().bites(requests, BITES_WITHIN_MS);
        const signals = await Promise.all([scene().terminate(bySignal!), scene().compromise(compromised!)]);
        await sleep(downUntil - Date.now()); // what is tested is how long it lasts

        for (const { signalId } of signals)
          expect(await scene().curfew.call('signals', 'GET', `/v1/signals/${signalId}`)).toMatchObject({
            progress: 'waiting',
          });
        // It has gone nowhere but to the disk.
        const known = await scene().push(transmitter, pushed!);
        const back = rig().kill('signals', 0);
        await rig().servers.kafka.restart();
        await new Topics(rig().servers.kafka.brokers).served();
        const kafkaBackAt = Date.now();
        await back;
        const signalsBackAt = Date.now();

        const later = [...signals, await known()];
        await scene().oracle.settled(30_000);
        const { oracle } = scene();
        const toldAfter = [oracle.lastToldAt(requests) - kafkaBackAt, oracle.lastToldAt(later) - signalsBackAt];
        process.stderr.write(
          `distributed Kafka down ${downMs / 1000} s: the last told ${toldAfter.join(' and ')} ms after it, and signals, were back\n`,
        );
        expect(Math.max(...toldAfter)).toBeLessThanOrEqual(TOLD_WITHIN_MS);
        expect(await scene().oracle.violations()).toEqual([]);
      },
      downMs + 120_000,
    );
  });
}
