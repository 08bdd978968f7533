import { setTimeout as sleep } from 'node:timers/promises';
import { exclusive } from './locks.js';
import { openMessaging, type FakeService } from './messaging.fake.js';

let service: FakeService;

beforeAll(async () => {
  service = await openMessaging();
});
afterAll(() => service.close());

it('F-23 a hundred who want one lock hold one connection: whoever wants another is served at once', async () => {
  const finished: string[] = [];
  let running = 0;
  const hot = Array.from({ length: 100 }, (_, n) =>
    service.unitOfWork.run(
      'acme',
      async (tx) => {
        expect(++running).toBe(1);
        await tx.sql('SELECT pg_sleep(0.01)');
        running--;
        finished.push(`hot ${n}`);
      },
      [exclusive('subject', 'acme', 'hot')],
    ),
  );
  await sleep(0);
  await service.unitOfWork.run('acme', async () => void finished.push('other'), [
    exclusive('subject', 'acme', 'other'),
  ]);
  expect(finished.indexOf('other')).toBeLessThan(20);
  await Promise.all(hot);
  expect(finished.filter((what) => what !== 'other')).toEqual(hot.map((_, n) => `hot ${n}`)); // in the order they asked
});

it('a turn ends when the work fails', async () => {
  const lock = [exclusive('subject', 'acme', 'failing')];
  await expect(service.unitOfWork.run('acme', () => Promise.reject(new Error('no')), lock)).rejects.toThrow('no');
  await expect(service.unitOfWork.run('acme', () => Promise.resolve('yes'), lock)).resolves.toBe('yes');
});
