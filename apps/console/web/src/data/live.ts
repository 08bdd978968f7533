import { useSyncExternalStore } from 'react';
import type { Session } from './types';

export type Connection = 'loading' | 'live' | 'broken';

export interface LiveState {
  readonly connection: Connection;
  readonly sessions: ReadonlyMap<string, Session>;
  /** Rises with each change of the rows. */
  readonly version: number;
}

/** So many ended ones are kept; the oldest go first. Live ones are never dropped. */
const MOST_ENDED = 5_000;
const SHOW_EVERY_MS = 100;

/** Transactions are numbers too long for a JavaScript number. */
export const isLater = (a: string, b: string): boolean => a.length > b.length || (a.length === b.length && a > b);

class LiveSessions {
  private readonly rows = new Map<string, Session>();
  private readonly listeners = new Set<() => void>();
  private source: EventSource | undefined;
  private timer: number | undefined;
  private state: LiveState = { connection: 'loading', sessions: this.rows, version: 0 };
  onSignedOut: (reason: string) => void = () => undefined;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.open();
    return () => this.listeners.delete(listener);
  };

  read = (): LiveState => this.state;

  close(): void {
    this.source?.close();
    this.source = undefined;
    this.rows.clear();
    this.state = { connection: 'loading', sessions: this.rows, version: this.state.version + 1 };
  }

  private open(): void {
    if (this.source) return;
    const source = new EventSource('/console/api/events/sessions');
    this.source = source;
    const on = <T>(event: string, handle: (data: T) => void): void =>
      source.addEventListener(event, (message: MessageEvent<string>) => handle(JSON.parse(message.data) as T));
    on('reset', () => {
      this.rows.clear();
      this.show('loading');
    });
    on<readonly Session[]>('sessions', (items) => {
      for (const item of items) {
        const known = this.rows.get(item.id);
        if (!known || isLater(item.version, known.version)) this.rows.set(item.id, item);
      }
      this.show(this.state.connection);
    });
    on('ready', () => this.show('live'));
    on<{ reason: string }>('signed-out', ({ reason }) => this.onSignedOut(reason));
    source.onopen = () => this.state.connection === 'broken' && this.show('loading');
    source.onerror = () => {
      this.show('broken');
      // Refused, not broken: the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED && this.source === source) {
        this.source = undefined;
        setTimeout(() => this.listeners.size > 0 && this.open(), 2_000);
      }
    };
  }

  private show(connection: Connection): void {
    this.state = { ...this.state, connection };
    this.timer ??= window.setTimeout(() => {
      this.timer = undefined;
      this.forgetOld();
      this.state = { ...this.state, version: this.state.version + 1 };
      for (const listener of this.listeners) listener();
    }, SHOW_EVERY_MS);
  }

  private forgetOld(): void {
    const ended = [...this.rows.values()].filter(({ endedAt }) => endedAt !== null);
    if (ended.length <= MOST_ENDED) return;
    ended.sort((a, b) => (a.endedAt! < b.endedAt! ? -1 : 1));
    for (const { id } of ended.slice(0, ended.length - MOST_ENDED)) this.rows.delete(id);
  }
}

export const live = new LiveSessions();
export const useLive = (): LiveState => useSyncExternalStore(live.subscribe, live.read);
