import { useSyncExternalStore } from 'react';
import { SessionRows } from './session-rows';
import type { Session, Target } from './types';

export type Connection = 'loading' | 'live' | 'broken';

export interface LiveState {
  readonly connection: Connection;
  /** The oldest first. */
  readonly sessions: readonly Session[];
  /** Rises with each change of the rows. */
  readonly version: number;
}

/** So many ended ones are kept; the oldest go first. Live ones are never dropped. */
const MOST_ENDED = 5_000;
const SHOW_EVERY_MS = 100;

class LiveSessions {
  private readonly rows = new SessionRows();
  private readonly listeners = new Set<() => void>();
  private source: EventSource | undefined;
  private timer: number | undefined;
  private shownAt = 0;
  private state: LiveState = { connection: 'loading', sessions: [], version: 0 };
  onSignedOut: (reason: string) => void = () => undefined;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.open();
    return () => this.listeners.delete(listener);
  };

  read = (): LiveState => this.state;
  nameOf = (target: Target): string => this.rows.nameOf(target);

  close(): void {
    this.source?.close();
    this.source = undefined;
    this.rows.clear();
    this.state = { connection: 'loading', sessions: [], version: this.state.version + 1 };
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
      this.rows.take(items);
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
    this.timer ??= window.setTimeout(
      () => {
        this.timer = undefined;
        this.shownAt = performance.now();
        this.rows.forgetEnded(MOST_ENDED);
        this.state = { ...this.state, sessions: this.rows.ordered(), version: this.state.version + 1 };
        for (const listener of this.listeners) listener();
      },
      this.shownAt + SHOW_EVERY_MS - performance.now(),
    ); // at once, where nothing was shown just now
  }
}

export const live = new LiveSessions();
export const useLive = (): LiveState => useSyncExternalStore(live.subscribe, live.read);

/** What a person calls it; shown anew only when that changes, and not with every session that does. */
export const useTargetName = (target: Target): string =>
  useSyncExternalStore(live.subscribe, () => live.nameOf(target));
