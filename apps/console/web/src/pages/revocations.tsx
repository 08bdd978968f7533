import type { Revocation } from '../data/types';
import { useApi } from '../data/use';
import type { Page as ListPage } from '../data/api';
import { t, word } from '../messages';
import { Actor } from '../parts/actor';
import { Empty, Page, Shown, Table, Time, To } from '../parts/basics';
import { Deadline } from '../parts/revocation-progress';
import { TargetName } from '../parts/target-name';

const EVERY_MS = 2_000;

export const isBreached = ({ outcome }: Revocation): boolean => (outcome?.breached ?? 0) > 0;
/** What waits or failed is above what is done; within that the newest first. */
const rank = (revocation: Revocation): number => (isBreached(revocation) ? 0 : revocation.state === 'settled' ? 2 : 1);

export const tookMs = ({ requestedAt, settledAt }: Revocation): number | undefined =>
  settledAt === null ? undefined : Math.max(0, Date.parse(settledAt) - Date.parse(requestedAt));

export function RevocationsPage() {
  const revocations = useApi<ListPage<Revocation>>('/v1/revocations', EVERY_MS);
  return (
    <Page title={t('nav.revocations')}>
      <Shown of={revocations}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('revocations.empty')} hint={t('revocations.empty.hint')} />
          ) : (
            <RevocationTable rows={[...items].sort((a, b) => rank(a) - rank(b))} />
          )
        }
      </Shown>
    </Page>
  );
}

export const StateTag = ({ revocation }: { revocation: Revocation }) => (
  <span className={`tag ${isBreached(revocation) ? 'bad' : revocation.state === 'settled' ? 'good' : 'waiting'}`}>
    {isBreached(revocation) ? t('state.breached') : word('state', revocation.state)}
  </span>
);

export function RevocationTable({ rows }: { rows: readonly Revocation[] }) {
  return (
    <Table
      label={t('nav.revocations')}
      rows={rows}
      keyOf={({ revocationId }) => revocationId}
      columns={[
        {
          name: t('revocations.column.when'),
          of: ({ revocationId, requestedAt }) => (
            <To page="revocations" id={revocationId}>
              <Time at={requestedAt} />
            </To>
          ),
        },
        {
          name: t('revocations.column.target'),
          of: ({ target }) => <TargetName of={target} />,
        },
        { name: t('revocations.column.reason'), of: ({ reason }) => reason },
        { name: t('revocations.column.by'), of: ({ requestedBy }) => <Actor of={requestedBy} /> },
        {
          name: t('revocations.column.state'),
          of: (revocation) => (
            <span className="tags">
              <StateTag revocation={revocation} />
              {revocation.state !== 'settled' && <Deadline at={revocation.deadlineAt} settled={false} />}
            </span>
          ),
        },
        {
          name: t('revocations.column.result'),
          className: 'number',
          of: ({ ended, alreadyEnded }) => ended + alreadyEnded,
        },
        {
          name: t('revocations.column.took'),
          className: 'number',
          of: (revocation) => {
            const ms = tookMs(revocation);
            return ms === undefined ? '' : ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`;
          },
        },
      ]}
    />
  );
}
