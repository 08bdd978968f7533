import type { Page as ListPage } from '../data/api';
import { Link } from 'wouter';
import { useLive } from '../data/live';
import { statusOf } from '../data/session-view';
import type { Revocation } from '../data/types';
import { useApi, useNow, type Loaded } from '../data/use';
import { t } from '../messages';
import { Bars } from '../parts/bars';
import { Failed, Loading, Page } from '../parts/basics';
import { policyHref } from '../parts/policy-tabs';
import { ApplicationLink } from '../parts/target-name';
import { isBreached, RevocationTable, tookMs } from './revocations';

interface Delivery {
  readonly id: string;
  readonly clientId: string;
  readonly attempts: number;
}

const EVERY_MS = 5_000;

const count = <T,>(items: Iterable<T>, keyOf: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
};

/** Of sorted figures; the nearest rank, so it is one that was measured. */
const rankOf = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];

const ms = (value: number | undefined): string =>
  value === undefined ? '–' : value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

export function OverviewPage() {
  const { sessions } = useLive();
  const now = useNow(EVERY_MS);
  const revocations = useApi<ListPage<Revocation>>('/v1/revocations', EVERY_MS);
  const signals = useApi<ListPage<{ source: string }>>('/v1/signals', EVERY_MS);
  const orphans = useApi<ListPage<unknown>>('/v1/sessions?orphaned=true', EVERY_MS);
  // Told by nobody any more, and not taken: their applications may go on with them.
  const rejected = useApi<ListPage<Delivery>>('/v1/deliveries?state=rejected', EVERY_MS);
  const abandoned = useApi<ListPage<Delivery>>('/v1/deliveries?state=abandoned', EVERY_MS);
  const waiting = useApi<ListPage<Delivery>>('/v1/deliveries?state=planned', EVERY_MS);
  if (revocations.error && !revocations.data)
    return (
      <Page title={t('overview.title')}>
        <Failed error={revocations.error} retry={revocations.reload} />
      </Page>
    );
  if (!revocations.data)
    return (
      <Page title={t('overview.title')}>
        <Loading />
      </Page>
    );
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const items = revocations.data.items;
  const times = items
    .filter(({ requestedAt }) => Date.parse(requestedAt) >= midnight)
    .map(tookMs)
    .filter((value) => value !== undefined);
  const sorted = [...times].sort((a, b) => a - b);
  const breached = items.filter(isBreached);
  const all = sessions;
  const alive = all.filter(({ endedAt }) => endedAt === null);
  const unreachable = count(
    (waiting.data?.items ?? []).filter(({ attempts }) => attempts > 1),
    ({ clientId }) => clientId,
  );
  return (
    <Page title={t('overview.title')}>
      <div className="figures">
        <Figure name={t('overview.median', { n: sorted.length })} value={ms(rankOf(sorted, 0.5))} />
        <Figure name={t('overview.p99')} value={ms(rankOf(sorted, 0.99))} />
        <Figure name={t('overview.live')} value={alive.length.toLocaleString()} />
        <Figure name={t('overview.breaches')} value={String(breached.length)} bad={breached.length > 0} />
        <Figure name={t('overview.orphans')} hint={t('overview.orphans.hint')} {...counted([orphans])} />
        <Figure name={t('overview.lost')} hint={t('overview.lost.hint')} {...counted([rejected, abandoned])} />
      </div>
      <div className="panels">
        <section className="card">
          <h2>{t('overview.times')}</h2>
          <Times values={[...times].reverse()} />
        </section>
        <section className="card">
          <Bars
            title={t('overview.byStatus')}
            counts={count(all, (session) => t(`status.${statusOf(session, now)}`))}
          />
        </section>
        <section className="card">
          <Bars
            title={t('overview.byApplication')}
            counts={count(alive, ({ clientId }) => clientId)}
            labelOf={(id) => <ApplicationLink id={id} />}
          />
          {alive.length === 0 && <p className="faint">{t('overview.none')}</p>}
        </section>
        <section className="card">
          <Bars
            title={t('overview.byRegion')}
            counts={count(alive, ({ region }) => region ?? '')}
            labelOf={(region) => <Region of={region} />}
          />
          <p className="hint">{t('overview.byRegion.hint')}</p>
        </section>
        <section className="card">
          <Bars title={t('overview.bySource')} counts={count(signals.data?.items ?? [], ({ source }) => source)} />
          {signals.data?.items.length === 0 && <p className="faint">{t('overview.none')}</p>}
        </section>
        <section className="card">
          {Object.keys(unreachable).length > 0 ? (
            <Bars
              title={t('overview.unreachable')}
              counts={unreachable}
              labelOf={(id) => <ApplicationLink id={id} />}
            />
          ) : (
            <>
              <h2>{t('overview.unreachable')}</h2>
              <p className="faint">{t('overview.unreachable.none')}</p>
            </>
          )}
        </section>
      </div>
      {breached.length > 0 && (
        <>
          <h2>{t('overview.breaches')}</h2>
          <RevocationTable rows={breached} />
        </>
      )}
    </Page>
  );
}

/** How many there are, as far as one page says; there are to be none. */
const counted = (lists: readonly Loaded<ListPage<unknown>>[]): { value: string; bad: boolean } => {
  const found = lists.reduce((sum, { data }) => sum + (data?.items.length ?? 0), 0);
  const more = lists.some(({ data }) => data?.nextCursor);
  return { value: lists.every(({ data }) => data) ? `${found}${more ? '+' : ''}` : '–', bad: found > 0 };
};

/** Its sessions, and the policy that holds there besides the organisation's. */
function Region({ of }: { of: string }) {
  if (of === '') return <>{t('overview.region.none')}</>;
  return (
    <>
      <Link href={`/?q=${encodeURIComponent(`region:${of}`)}`}>{of}</Link>{' '}
      <Link
        className="faint"
        href={policyHref(`region:${of}`)}
        aria-label={t('overview.region.policy', { region: of })}
      >
        {t('overview.region.policy.short')}
      </Link>
    </>
  );
}

interface OneFigure {
  readonly name: string;
  readonly value: string;
  readonly hint?: string;
  readonly bad?: boolean;
}

const Figure = ({ name, value, hint, bad = false }: OneFigure) => (
  <div className={`card figure${bad ? ' bad' : ''}`}>
    <span className="value">{value}</span>
    <span>{name}</span>
    {hint && <span className="hint">{hint}</span>}
  </div>
);

const WIDTH = 480;
const HEIGHT = 110;

/** One column a revocation, from zero: so heights compare. */
function Times({ values }: { values: readonly number[] }) {
  if (values.length === 0) return <p className="faint">{t('overview.none')}</p>;
  const most = Math.max(...values, 1);
  const step = WIDTH / Math.max(values.length, 20);
  return (
    <svg
      className="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${t('overview.times')}: ${values.map((value) => ms(value)).join(', ')}`}
    >
      <text x="0" y="10">
        {ms(most)}
      </text>
      <line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
      {values.map((value, index) => {
        const height = Math.max(2, (value / most) * (HEIGHT - 18));
        return (
          <rect
            key={index}
            x={index * step + 1}
            width={Math.max(1, step - 2)}
            y={HEIGHT - height - 1}
            height={height}
            rx="1.5"
          >
            <title>{ms(value)}</title>
          </rect>
        );
      })}
    </svg>
  );
}
