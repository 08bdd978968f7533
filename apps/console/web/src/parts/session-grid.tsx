import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react';
import { Link } from 'wouter';
import { applicationOf, browserOf, deviceOf, durationOf, placeOf, statusOf } from '../data/session-view';
import type { Session } from '../data/types';
import { t, word } from '../messages';
import { StatusTag } from './basics';

const ROW_PX = 36;
/** With the scroll bar. */
const HEAD_PX = 52;
const PHONE_ROW_PX = 84;
const OVERSCAN = 12;
const COLUMNS = [
  'user',
  'email',
  'application',
  'device',
  'browser',
  'location',
  'duration',
  'status',
  'cause',
] as const;

interface Props {
  readonly rows: readonly Session[];
  readonly now: number;
  readonly selected: ReadonlySet<string>;
  select(ids: ReadonlySet<string>): void;
  open(id: string): void;
  kill(ids: ReadonlySet<string>): void;
}

/** One grid, one tab stop: the arrows move, Space selects, the rest is in `sessions.keys`. */
export function SessionGrid({ rows, now, selected, select, open, kill }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string>();
  const [phone, setPhone] = useState(() => matchMedia('(max-width: 700px)').matches);
  useEffect(() => {
    const media = matchMedia('(max-width: 700px)');
    const change = (): void => setPhone(media.matches);
    media.addEventListener('change', change);
    return () => media.removeEventListener('change', change);
  }, []);
  const height = phone ? PHONE_ROW_PX : ROW_PX;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
  });
  useEffect(() => virtual.measure(), [height, virtual]);

  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === focused),
  );
  const move = (to: number): void => {
    const index = Math.min(rows.length - 1, Math.max(0, to));
    setFocused(rows[index]!.id);
    virtual.scrollToIndex(index);
  };
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    select(next);
  };
  const pageful = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / height) - 1);
  const KEYS: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(focused === undefined ? 0 : at + 1),
    ArrowUp: () => move(at - 1),
    PageDown: () => move(at + pageful),
    PageUp: () => move(at - pageful),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    ' ': () => toggle(rows[at]!.id),
    Enter: () => open(rows[at]!.id),
    a: () => select(new Set(rows.filter(({ endedAt }) => endedAt === null).map(({ id }) => id))),
    k: () => {
      const ids = selected.size > 0 ? selected : new Set([rows[at]!.id]);
      select(ids);
      kill(ids);
    },
    Escape: () => select(new Set()),
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== scroller.current) return;
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <>
      <div
        ref={scroller}
        className="grid"
        style={{ '--content': `${virtual.getTotalSize() + HEAD_PX}px` } as CSSProperties}
        role="grid"
        tabIndex={0}
        aria-label={t('sessions.title')}
        aria-rowcount={rows.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={focused === undefined ? undefined : `row-${focused}`}
        aria-describedby="grid-keys"
        onKeyDown={press}
        onFocus={() => focused === undefined && rows[0] && setFocused(rows[0].id)}
      >
        <div className="grid-row head" role="row" aria-rowindex={1}>
          <div role="columnheader">
            <span className="hidden">{t('column.select')}</span>
          </div>
          {COLUMNS.map((column) => (
            <div key={column} role="columnheader" className={column}>
              {t(`column.${column}`)}
            </div>
          ))}
        </div>
        <div className="grid-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const session = rows[index];
            if (!session) return null; // there were more a moment ago
            const status = statusOf(session, now);
            return (
              <div
                key={session.id}
                id={`row-${session.id}`}
                data-session={session.id}
                data-status={status}
                className={`grid-row ${status}${session.id === focused ? ' focused' : ''}`}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={selected.has(session.id)}
                style={{ height, transform: `translateY(${start}px)` }}
                onClick={() => setFocused(session.id)}
              >
                <div role="gridcell" className="select">
                  <input
                    type="checkbox"
                    tabIndex={-1}
                    aria-label={`${t('column.select')} ${session.subject}`}
                    checked={selected.has(session.id)}
                    onChange={() => toggle(session.id)}
                  />
                </div>
                <div role="gridcell" className="user">
                  <Link tabIndex={-1} href={`/people/${encodeURIComponent(session.subject)}`}>
                    {session.subject}
                  </Link>
                </div>
                <div role="gridcell" className="email">
                  {session.email}
                </div>
                <div role="gridcell" className="application">
                  <Link tabIndex={-1} href={`/applications/${encodeURIComponent(session.clientId)}`}>
                    {applicationOf(session)}
                  </Link>
                </div>
                <div role="gridcell" className="device">
                  {session.device !== null && (
                    <Link tabIndex={-1} href={`/devices/${encodeURIComponent(session.device)}`}>
                      {deviceOf(session)}
                    </Link>
                  )}
                </div>
                <div role="gridcell" className="browser">
                  {browserOf(session)}
                </div>
                <div role="gridcell" className="location">
                  {placeOf(session)}
                </div>
                <div role="gridcell" className="duration">
                  {durationOf(session, now)}
                </div>
                <div role="gridcell" className="status">
                  <StatusTag status={status} />
                </div>
                <div role="gridcell" className="cause" title={session.reason ?? undefined}>
                  {session.revocationId !== null ? (
                    <Link tabIndex={-1} href={`/revocations/${session.revocationId}`}>
                      {session.reason ?? word('cause', session.cause ?? '')}
                    </Link>
                  ) : (
                    session.cause !== null && word('cause', session.cause)
                  )}
                </div>
              </div>
            );
          })}
        </div>
      </div>
      <p id="grid-keys" className="hint keys">
        {t('sessions.keys')}
      </p>
    </>
  );
}
