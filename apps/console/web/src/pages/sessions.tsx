import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useMay } from '../app/me';
import { csvOf, download, ndjsonOf } from '../data/download';
import { useLive } from '../data/live';
import { matcherOf } from '../data/session-view';
import type { Session } from '../data/types';
import { useNow } from '../data/use';
import { t } from '../messages';
import { Empty, Loading, Page } from '../parts/basics';
import { Kill } from '../parts/kill';
import { SessionGrid } from '../parts/session-grid';

const NOW_EVERY_MS = 15_000;

export function SessionsPage() {
  const { connection, sessions, version } = useLive();
  const search = useSearch();
  const [, go] = useLocation();
  const query = new URLSearchParams(search).get('q') ?? '';
  const now = useNow(NOW_EVERY_MS);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  /** As they were when it was asked for: they end while the dialog shows it. */
  const [killing, setKilling] = useState<readonly Session[]>();
  const input = useRef<HTMLInputElement>(null);
  const mayEnd = useMay('revocations:write');

  const rows = useMemo(() => {
    const matches = matcherOf(query);
    return sessions.filter((session) => matches(session, now)).reverse(); // the newest first
  }, [sessions, version, query, now]);
  const chosen = useMemo(
    () => (selected.size === 0 ? [] : rows.filter(({ id, endedAt }) => selected.has(id) && endedAt === null)),
    [rows, selected],
  );

  useEffect(() => {
    const focusFilter = (event: KeyboardEvent): void => {
      if (event.key !== '/' || !(event.ctrlKey || event.metaKey || event.target === document.body)) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', focusFilter);
    return () => removeEventListener('keydown', focusFilter);
  }, []);

  const setQuery = (text: string): void => go(text ? `/?q=${encodeURIComponent(text)}` : '/', { replace: true });
  const save = (format: 'csv' | 'ndjson'): void => {
    const name = `sessions-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`;
    if (format === 'csv') download(name, 'text/csv', csvOf(rows, now));
    else download(name, 'application/x-ndjson', ndjsonOf(rows));
  };

  const end = (ids: ReadonlySet<string>): void => {
    const doomed = rows.filter(({ id, endedAt }) => ids.has(id) && endedAt === null);
    if (mayEnd && doomed.length > 0) setKilling(doomed);
  };

  return (
    <Page
      title={t('sessions.title')}
      actions={
        <>
          <button
            type="button"
            aria-label={t('sessions.export', { format: 'CSV', n: rows.length })}
            onClick={() => save('csv')}
          >
            {t('sessions.csv')}
          </button>
          <button
            type="button"
            aria-label={t('sessions.export', { format: 'NDJSON', n: rows.length })}
            onClick={() => save('ndjson')}
          >
            {t('sessions.ndjson')}
          </button>
        </>
      }
    >
      <div className="bar">
        <input
          ref={input}
          type="search"
          aria-label={t('sessions.filter')}
          placeholder={t('sessions.filter.placeholder')}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <span className="count" role="status">
          {t('sessions.count', { shown: rows.length, all: sessions.length })}
        </span>
      </div>
      {chosen.length > 0 && (
        <div className="bar selection">
          <strong>{t('sessions.selected', { n: chosen.length })}</strong>
          {mayEnd && (
            <button type="button" className="danger" onClick={() => end(selected)}>
              {t('sessions.end')}
            </button>
          )}
          <button type="button" onClick={() => setSelected(new Set())}>
            {t('sessions.clear')}
          </button>
        </div>
      )}
      {sessions.length === 0 && connection !== 'live' ? (
        <Loading />
      ) : sessions.length === 0 ? (
        <Empty title={t('sessions.empty')} hint={t('sessions.empty.hint')} />
      ) : rows.length === 0 ? (
        <Empty title={t('sessions.noMatch')} hint={t('sessions.noMatch.hint')}>
          <button type="button" onClick={() => setQuery('')}>
            {t('sessions.noMatch.clear')}
          </button>
        </Empty>
      ) : (
        <SessionGrid
          rows={rows}
          now={now}
          selected={selected}
          select={setSelected}
          open={(id) => go(`/sessions/${id}`)}
          kill={end}
        />
      )}
      {killing && (
        <Kill
          sessions={killing}
          close={() => {
            setKilling(undefined);
            setSelected(new Set());
          }}
        />
      )}
    </Page>
  );
}
