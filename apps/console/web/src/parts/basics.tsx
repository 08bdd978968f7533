import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ApiError } from '../data/api';
import type { Status } from '../data/session-view';
import type { Loaded, Pages } from '../data/use';
import { t, when } from '../messages';
import { refusalOf } from '../messages/refusal';
import { useMe } from '../app/me';

export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  document.title = `${title} · Curfew`;
  return (
    <>
      <header className="page-head">
        <h1>{title}</h1>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export const Loading = () => (
  <div className="state" role="status">
    <span className="pulse" aria-hidden="true" />
    {t('list.loading')}
  </div>
);

export const Empty = ({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) => (
  <div className="state">
    <strong>{title}</strong>
    <p>{hint}</p>
    {children}
  </div>
);

export function Failed({ error, retry }: { error: ApiError; retry?: () => void }) {
  const { tenant } = useMe();
  const [title, hint] =
    error.status === 0 || error.status >= 500
      ? [t('error.offline'), t('error.offline.hint')]
      : error.status === 403
        ? [t('error.forbidden'), t('error.forbidden.hint', { tenant })]
        : error.status === 404
          ? [t('error.notFound'), t('error.notFound.hint')]
          : [t('error.other'), refusalOf(error)];
  return (
    <div className="state failed" role="alert">
      <strong>{title}</strong>
      <p>{hint}</p>
      {retry && error.status !== 403 && (
        <button type="button" onClick={retry}>
          {t('error.retry')}
        </button>
      )}
    </div>
  );
}

/** What was asked for, once it is there. It stays while reading it again fails. */
export function Shown<T>({
  of: { data, error, reload },
  children,
}: {
  of: Loaded<T>;
  children: (data: T) => ReactNode;
}) {
  if (data) return children(data);
  return error ? <Failed error={error} retry={reload} /> : <Loading />;
}

export const StatusTag = ({ status }: { status: Status }) => (
  <span className={`tag ${status}`}>{t(`status.${status}`)}</span>
);

export const Time = ({ at }: { at: string | null | undefined }) =>
  at ? <time dateTime={at}>{when(at)}</time> : <span className="faint">–</span>;

/** Of a field that nobody here knows beforehand: an instant as one, and nothing as nothing. */
export const FieldValue = ({ of }: { of: string | number | boolean | null }) =>
  of === null || (typeof of === 'string' && /^\d{4}-\d\d-\d\dT/.test(of)) ? <Time at={of} /> : <>{String(of)}</>;

/** What it is called stands in the address, whatever characters it has. */
export const To = ({ page, id, children }: { page: string; id: string; children?: ReactNode }) => (
  <Link href={`/${page}/${encodeURIComponent(id)}`}>{children ?? id}</Link>
);

export function Details({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="details">
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export interface Column<T> {
  readonly name: string;
  readonly of: (row: T) => ReactNode;
  readonly className?: string;
}

interface TableOf<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
}

export function Table<T>({ label, columns, rows, keyOf }: TableOf<T>) {
  return (
    <div className="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, className }) => (
              <th key={name} scope="col" className={className}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, of, className }) => (
                <td key={name} className={className} data-label={name}>
                  {of(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A table of what comes in pages. */
export function Listing<T>({
  of,
  empty,
  hint,
  ...table
}: Omit<TableOf<T>, 'rows'> & { of: Pages<T>; empty: string; hint: string }) {
  return (
    <>
      <Shown of={of}>
        {(rows) => (rows.length === 0 ? <Empty title={empty} hint={hint} /> : <Table rows={rows} {...table} />)}
      </Shown>
      {of.more && (
        <button type="button" className="more" onClick={of.more}>
          {t('list.more')}
        </button>
      )}
    </>
  );
}
