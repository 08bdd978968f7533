import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** A process of the bench that answers calls over its channel: what is measured and what measures share no thread. */
export class Child {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private next = 0;

  constructor(script: string, args: readonly string[] = []) {
    this.process = fork(path.join(import.meta.dirname, script), [...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.process.on('message', (message: { id: number; value?: never; error?: string }) => {
      const call = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error === undefined) call?.resolve(message.value as never);
      else call?.reject(new Error(message.error));
    });
    this.process.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${script} ended (${signal ?? code})`));
    });
  }

  call<T>(name: string, argument?: unknown): Promise<T> {
    const id = this.next++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.process.send({ id, name, argument });
    });
  }

  stop(): void {
    this.process.kill('SIGKILL');
  }
}

/** The other end: functions by name. */
export function answer(functions: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('message', ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    Promise.resolve()
      .then(() => functions[name]!(argument))
      .then(
        (value) => process.send!({ id, value }),
        (error: unknown) => process.send!({ id, error: String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
}

/** Milliseconds on a clock that all processes of this machine share, finer than `Date.now()`. */
export const clock = (): number => performance.timeOrigin + performance.now();
