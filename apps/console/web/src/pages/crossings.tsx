import { useLocation, useSearch } from 'wouter';
import { csvRows, download } from '../data/download';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing, Page, Shown, Time, To } from '../parts/basics';
import { ApplicationLink } from '../parts/target-name';
import { ShiftTabs } from '../parts/shift-tabs';

const DAYS = [1, 7, 30] as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

interface Boundary {
  readonly dutyId: string;
  readonly shiftId: string;
  readonly occurrence: string;
  readonly kind: 'start' | 'end';
  readonly boundaryAt: string;
  readonly subject: string | null;
  readonly crossings: number;
}
interface Crossing extends Omit<Boundary, 'crossings'> {
  readonly sessionId: string;
  readonly clientId: string;
  readonly device: string | null;
  readonly authenticatedAt: string;
  readonly endedAt: string | null;
  readonly secondsOver: number;
}

/** Which sessions went on over the boundary of a duty: the report an auditor asks for, and there is to be none. */
export function CrossingsPage() {
  const asked = Number(new URLSearchParams(useSearch()).get('days'));
  const days = DAYS.find((one) => one === asked) ?? 7;
  const [, go] = useLocation();
  // To the minute: a list that is asked for anew with each look would never stand still.
  const now = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;
  const query = `from=${new Date(now - days * DAY_MS).toISOString()}&to=${new Date(now).toISOString()}`;
  const crossings = usePages<Crossing>(`/v1/shifts/crossings?${query}`);
  const boundaries = usePages<Boundary>(`/v1/shifts/boundaries?${query}`);
  const save = (): void => {
    const head = [
      'sessionId',
      'clientId',
      'subject',
      'device',
      'shiftId',
      'kind',
      'boundaryAt',
      'secondsOver',
    ] as const;
    const rows = (crossings.data ?? []).map((row) => head.map((name) => row[name]));
    download('crossings.csv', 'text/csv', csvRows([head, ...rows]));
  };
  return (
    <Page
      title={t('shifts.crossings')}
      actions={
        <button type="button" disabled={!crossings.data} onClick={save}>
          {t('sessions.csv')}
        </button>
      }
    >
      <ShiftTabs />
      <div className="bar">
        <label className="inline">
          {t('crossings.days')}
          <select
            value={days}
            onChange={({ target: { value } }) => go(`/shifts/crossings?days=${value}`, { replace: true })}
          >
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {t('crossings.days.last', { n: one })}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Shown of={crossings}>
        {(rows) => (
          <p className={`note ${rows.length === 0 ? 'good' : 'bad'}`} role="status">
            {rows.length === 0
              ? t('crossings.none', { n: boundaries.data?.length ?? 0 })
              : t('crossings.some', { n: rows.length })}
          </p>
        )}
      </Shown>
      {crossings.data && crossings.data.length > 0 && (
        <Listing
          of={crossings}
          empty=""
          hint=""
          label={t('shifts.crossings')}
          keyOf={({ sessionId, dutyId, kind }) => `${sessionId} ${dutyId} ${kind}`}
          columns={[
            {
              name: t('session.title'),
              of: ({ sessionId }) => (
                <To page="sessions" id={sessionId}>
                  {sessionId.slice(0, 8)}
                </To>
              ),
            },
            { name: t('column.user'), of: ({ subject }) => subject && <To page="people" id={subject} /> },
            { name: t('column.application'), of: ({ clientId }) => <ApplicationLink id={clientId} /> },
            { name: t('shifts.shift'), of: ({ shiftId }) => <To page="shifts/of" id={shiftId} /> },
            { name: t('crossings.boundary'), of: ({ kind }) => t(`crossings.kind.${kind}`) },
            { name: t('revocations.column.when'), of: ({ boundaryAt }) => <Time at={boundaryAt} /> },
            {
              name: t('crossings.over'),
              className: 'number',
              of: ({ secondsOver, endedAt }) => `${Math.round(secondsOver)} s${endedAt === null ? ' …' : ''}`,
            },
          ]}
        />
      )}
      <h2>{t('crossings.boundaries')}</h2>
      <Listing
        of={boundaries}
        empty={t('crossings.boundaries.none')}
        hint={t('crossings.boundaries.none.hint')}
        label={t('crossings.boundaries')}
        keyOf={({ dutyId, kind }) => `${dutyId} ${kind}`}
        columns={[
          { name: t('revocations.column.when'), of: ({ boundaryAt }) => <Time at={boundaryAt} /> },
          { name: t('shifts.shift'), of: ({ shiftId }) => <To page="shifts/of" id={shiftId} /> },
          { name: t('crossings.boundary'), of: ({ kind }) => t(`crossings.kind.${kind}`) },
          {
            name: t('column.user'),
            of: ({ subject }) =>
              subject ? <To page="people" id={subject} /> : <span className="faint">{t('crossings.unknown')}</span>,
          },
          { name: t('shifts.crossings'), className: 'number', of: ({ crossings: count }) => count },
        ]}
      />
    </Page>
  );
}
