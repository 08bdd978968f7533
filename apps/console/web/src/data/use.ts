import { useCallback, useEffect, useRef, useState } from 'react';
import { api, ApiError, tagged, withCursor, type Page } from './api';

export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  reload(): void;
}

/** Reads a path, again every `everyMs` while `going` says so. What was read stays while it is read again. */
export function useApi<T>(
  path: string | undefined,
  everyMs?: number,
  going: (data: T) => boolean = () => true,
): Loaded<T> {
  return useTagged(path, everyMs, going);
}

/** The same, with the version it is at. */
export function useTagged<T>(
  path: string | undefined,
  everyMs?: number,
  going: (data: T) => boolean = () => true,
): Loaded<T> & { readonly etag: string | undefined } {
  const [state, setState] = useState<{ path?: string; data?: T; etag?: string | undefined; error?: ApiError }>({});
  const [turn, setTurn] = useState(0);
  const goes = useRef(going);
  goes.current = going;
  useEffect(() => {
    if (path === undefined) return;
    const over = new AbortController();
    let timer: number | undefined;
    const read = async (again: boolean): Promise<void> => {
      let next: boolean;
      try {
        const { data, etag } = await tagged<T>(path, { background: again, signal: over.signal });
        setState({ path, data, etag });
        next = goes.current(data);
      } catch (error) {
        if (over.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, 'unknown');
        setState((state) => ({
          path,
          error: failure,
          ...(state.path === path && state.data ? { data: state.data, etag: state.etag } : {}),
        }));
        next = failure.status === 0 || failure.status >= 500;
      }
      if (everyMs !== undefined && next) timer = window.setTimeout(() => void read(true), everyMs);
    };
    void read(turn > 0);
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, turn]);
  const current = state.path === path ? state : {};
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { data: current.data, etag: current.etag, error: current.error, reload };
}

export interface Pages<T> extends Loaded<readonly T[]> {
  /** Reads the next page; undefined: that was the last. */
  readonly more: (() => void) | undefined;
}

/** A list of pages, the next on demand. Read again every `everyMs`, until somebody reads on. */
export function usePages<T>(path: string, everyMs?: number): Pages<T> {
  const [rest, setRest] = useState<{ of: Page<T> | undefined; items: readonly T[]; cursor: string | null }>();
  const first = useApi<Page<T>>(path, rest ? undefined : everyMs);
  const known = rest && rest.of === first.data ? rest : undefined;
  const cursor = known ? known.cursor : (first.data?.nextCursor ?? null);
  const more = (): void => {
    void api<Page<T>>(withCursor(path, cursor)).then(({ items, nextCursor }) =>
      setRest({ of: first.data, items: [...(known?.items ?? []), ...items], cursor: nextCursor }),
    );
  };
  return {
    data: first.data && [...first.data.items, ...(known?.items ?? [])],
    error: first.error,
    reload: first.reload,
    more: cursor ? more : undefined,
  };
}

/** The time, again every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
