import { useEffect, useState, type CSSProperties } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useMay } from '../app/me';
import { api, withCursor, type ApiError, type Page as ListPage } from '../data/api';
import { dayOf, daysAfter, mondayOf, placeOf, referenceText, rowsOf, type Entry } from '../data/shifts';
import { useApi, useNow } from '../data/use';
import { locale, span, t } from '../messages';
import { Empty, Failed, Loading, Page } from '../parts/basics';
import { CalendarImport } from '../parts/calendar-import';
import { Staff } from '../parts/staff';
import { ShiftTabs, shiftHref } from '../parts/shift-tabs';

const NOW_EVERY_MS = 30_000;
/** More than anybody reads in a week; what is beyond is said to be. */
const MOST_PAGES = 10;

interface Gap {
  readonly ward: string;
  readonly from: string;
  readonly to: string;
}

/** Who is on duty when: one week, by the clock of who looks. */
export function ShiftsPage() {
  const search = new URLSearchParams(useSearch());
  const [, go] = useLocation();
  const now = useNow(NOW_EVERY_MS);
  const ward = search.get('ward') ?? '';
  const from = mondayOf(search.get('week'), new Date(now));
  const to = daysAfter(from, 7);
  const mayWrite = useMay('shifts:write');
  const { entries, error, reload } = useWeek(from, to);
  const window = `from=${from.toISOString()}&to=${to.toISOString()}`;
  const gaps = useApi<ListPage<Gap>>(`/v1/shifts/gaps?${window}${ward ? `&ward=${encodeURIComponent(ward)}` : ''}`);
  const [shown, setShown] = useState<Entry>();
  const rows = rowsOf(entries ?? []);
  const wards = rows.flatMap((row) => row.ward ?? []);
  const show = (week: Date, of = ward): void =>
    go(`/shifts?week=${dayOf(week)}${of ? `&ward=${encodeURIComponent(of)}` : ''}`, { replace: true });
  return (
    <Page
      title={t('shifts.title')}
      actions={
        mayWrite && (
          <Link className="button primary" href="/shifts/new">
            {t('shifts.new')}
          </Link>
        )
      }
    >
      <ShiftTabs />
      <div className="bar wrap">
        <div className="tags">
          <button type="button" aria-label={t('shifts.week.before')} onClick={() => show(daysAfter(from, -7))}>
            ‹
          </button>
          <button type="button" onClick={() => show(mondayOf(null, new Date()))}>
            {t('shifts.week.this')}
          </button>
          <button type="button" aria-label={t('shifts.week.after')} onClick={() => show(daysAfter(from, 7))}>
            ›
          </button>
        </div>
        <strong role="status">
          {dateOf(from)} – {dateOf(daysAfter(to, -1))}
        </strong>
        {wards.length > 1 || ward ? (
          <label className="inline">
            {t('shifts.ward')}
            <select value={ward} onChange={({ target: { value } }) => show(from, value)}>
              <option value="">{t('shifts.ward.all')}</option>
              {wards.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        ) : null}
        <span className="hint">{t('shifts.zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</span>
      </div>
      {error && !entries ? (
        <Failed error={error} retry={reload} />
      ) : !entries ? (
        <Loading />
      ) : entries.length === 0 ? (
        <Empty title={t('shifts.empty')} hint={t('shifts.empty.hint')} />
      ) : (
        <div className="scroll week-scroll" role="region" aria-label={t('shifts.title')} tabIndex={0}>
          <div className="week">
            <div className="week-row head" aria-hidden="true">
              <span />
              <div className="days">
                {[0, 1, 2, 3, 4, 5, 6].map((n) => (
                  <span key={n} className={dayOf(daysAfter(from, n)) === dayOf(new Date(now)) ? 'today' : ''}>
                    {dayName(daysAfter(from, n))}
                  </span>
                ))}
              </div>
            </div>
            {rows
              .filter((row) => !ward || row.ward === ward)
              .map((row) => (
                <section key={row.ward ?? ''} aria-label={row.ward ?? t('shifts.ward.none')}>
                  <h3>{row.ward ?? t('shifts.ward.none')}</h3>
                  {row.shifts.map(({ shift, times }) => (
                    <div className="week-row" key={shift.shiftId}>
                      <Link href={shiftHref(shift.shiftId)}>{shift.name}</Link>
                      <div className="days">
                        {[0, 1, 2, 3, 4, 5, 6].map((n) => (
                          <span key={n} />
                        ))}
                        {times.map((entry) => (
                          <Bar
                            key={entry.occurrence}
                            of={entry}
                            place={placeOf(entry, from, to)}
                            isShown={shown?.occurrence === entry.occurrence && shown.shiftId === entry.shiftId}
                            isNow={Date.parse(entry.startsAt) <= now && now < Date.parse(entry.endsAt)}
                            show={() => setShown(entry)}
                          />
                        ))}
                      </div>
                    </div>
                  ))}
                </section>
              ))}
          </div>
        </div>
      )}
      {shown && (
        <section className="card" aria-live="polite" aria-label={shown.name}>
          <h2>
            <Link href={shiftHref(shown.shiftId)}>{shown.name}</Link>
          </h2>
          <p>
            {span(shown.startsAt, shown.endsAt)}{' '}
            <span className="faint">{t('shifts.at', { zone: shown.zone, occurrence: shown.occurrence })}</span>
          </p>
          <Staff of={shown.staff} />
        </section>
      )}
      <h2>{t('shifts.gaps')}</h2>
      {gaps.data && gaps.data.items.length > 0 ? (
        <ul className="plain">
          {gaps.data.items.map((gap) => (
            <li key={`${gap.ward} ${gap.from}`}>
              <strong>{gap.ward}</strong>: {span(gap.from, gap.to)}
            </li>
          ))}
        </ul>
      ) : (
        gaps.data && <p className="hint">{t('shifts.gaps.none')}</p>
      )}
      {mayWrite && <CalendarImport done={reload} />}
    </Page>
  );
}

function Bar({
  of,
  place,
  isShown,
  isNow,
  show,
}: {
  of: Entry;
  place: CSSProperties;
  isShown: boolean;
  isNow: boolean;
  show: () => void;
}) {
  const { name, startsAt, endsAt, staff } = of;
  const nobody = staff.length === 0;
  return (
    <button
      type="button"
      className={`duty${isNow ? ' now' : ''}${nobody ? ' nobody' : ''}`}
      style={place}
      aria-pressed={isShown}
      title={`${span(startsAt, endsAt)}: ${nobody ? t('shifts.nobody') : staff.map(referenceText).join(', ')}`}
      onClick={show}
    >
      <span className="hidden">
        {name}, {dayName(new Date(startsAt))}:{' '}
      </span>
      {clock(startsAt)}–{clock(endsAt)}
      <span className="hidden">, {t('shifts.people', { n: staff.length })}</span>
    </button>
  );
}

/** As short as it can be said: a bar is narrow. */
function clock(at: string): string {
  const time = new Date(at);
  return `${time.getHours()}${time.getMinutes() === 0 ? '' : `:${String(time.getMinutes()).padStart(2, '0')}`}`;
}
const dateOf = (day: Date): string => day.toLocaleDateString(locale(), { dateStyle: 'medium' });
const dayName = (day: Date): string => `${day.toLocaleDateString(locale(), { weekday: 'short' })} ${day.getDate()}`;

/** All times of a week: whole pages, since a calendar with some of its shifts would look like one with gaps. */
function useWeek(from: Date, to: Date) {
  const path = `/v1/shifts/occurrences?from=${from.toISOString()}&to=${to.toISOString()}`;
  const [turn, setTurn] = useState(0);
  const [read, setRead] = useState<{ path: string; entries?: readonly Entry[]; error?: ApiError }>();
  useEffect(() => {
    const over = new AbortController();
    const all = async (): Promise<Entry[]> => {
      const entries: Entry[] = [];
      for (let cursor: string | null = '', page = 0; cursor !== null && page < MOST_PAGES; page++) {
        const { items, nextCursor }: ListPage<Entry> = await api(withCursor(path, cursor), { signal: over.signal });
        entries.push(...items);
        cursor = nextCursor;
      }
      return entries;
    };
    all().then(
      (entries) => setRead({ path, entries }),
      (error: ApiError) => !over.signal.aborted && setRead({ path, error }),
    );
    return () => over.abort();
  }, [path, turn]);
  const current = read?.path === path ? read : undefined;
  return { entries: current?.entries, error: current?.error, reload: () => setTurn((n) => n + 1) };
}
