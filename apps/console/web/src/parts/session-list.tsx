import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../app/me';
import { useLive } from '../data/live';
import type { Session, Target } from '../data/types';
import { useNow } from '../data/use';
import { t } from '../messages';
import { Empty, Loading } from './basics';
import { Kill } from './kill';
import { SessionGrid } from './session-grid';

/** The live rows of one person, device or application. */
export function useSessions(of: (session: Session) => boolean): { rows: readonly Session[]; loading: boolean } {
  const { sessions, version, connection } = useLive();
  const rows = useMemo(() => sessions.filter(of).reverse(), [sessions, version]);
  return { rows, loading: connection === 'loading' };
}

export function SessionList({ rows, loading }: { rows: readonly Session[]; loading: boolean }) {
  const now = useNow(15_000);
  const [, go] = useLocation();
  const mayEnd = useMay('revocations:write');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  /** As they were when it was asked for: they end while the dialog shows it. */
  const [killing, setKilling] = useState<readonly Session[]>();
  const chosen = rows.filter(({ id, endedAt }) => selected.has(id) && endedAt === null);
  const end = (ids: ReadonlySet<string>): void => {
    const doomed = rows.filter(({ id, endedAt }) => ids.has(id) && endedAt === null);
    if (mayEnd && doomed.length > 0) setKilling(doomed);
  };
  if (rows.length === 0)
    return loading ? <Loading /> : <Empty title={t('sessions.empty')} hint={t('sessions.empty.hint')} />;
  return (
    <>
      <h2>{t('revocation.sessions')}</h2>
      <SessionGrid
        rows={rows}
        now={now}
        selected={selected}
        select={setSelected}
        open={(id) => go(`/sessions/${id}`)}
        kill={end}
      />
      {mayEnd && chosen.length > 0 && (
        <div className="bar selection">
          <strong>{t('sessions.selected', { n: chosen.length })}</strong>
          <button type="button" className="danger" onClick={() => end(selected)}>
            {t('sessions.end')}
          </button>
        </div>
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
    </>
  );
}

/** Ends all of a target. */
export function KillAll({ target, rows }: { target: Target; rows: readonly Session[] }) {
  const mayEnd = useMay('revocations:write');
  const [killing, setKilling] = useState(false);
  if (!mayEnd) return null;
  return (
    <>
      <button type="button" className="danger" onClick={() => setKilling(true)}>
        {t('sessions.end')}
      </button>
      {killing && (
        <Kill
          sessions={rows.filter(({ endedAt }) => endedAt === null)}
          target={target}
          close={() => setKilling(false)}
        />
      )}
    </>
  );
}
