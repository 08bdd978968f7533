import { useState, type FormEvent } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useMay } from '../app/me';
import { api, type ApiError } from '../data/api';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Actor } from '../parts/actor';
import { Failed, Listing, Page, Time } from '../parts/basics';

interface Entry {
  readonly seq: number;
  readonly type: string;
  readonly actor: string;
  readonly subject: string;
  readonly occurredAt: string;
  readonly hash: string;
  readonly data: unknown;
}

interface Verification {
  readonly valid: boolean;
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string };
  readonly signedHeads: number;
  readonly faults: readonly unknown[];
}

const FILTERS = ['type', 'actor', 'subject', 'correlationId'];

export function AuditPage() {
  const search = new URLSearchParams(useSearch());
  const filter = new URLSearchParams(
    FILTERS.flatMap((name) => (search.get(name) ? [[name, search.get(name)!]] : [])),
  ).toString();
  const [, go] = useLocation();
  const mayRead = useMay('audit:read');
  const entries = usePages<Entry>(`/v1/audit${filter && `?${filter}`}`);
  /** What is filtered by stands in the address. */
  const find = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '') as [string, string][];
    go(`/audit?${new URLSearchParams(fields).toString()}`);
  };
  const [verified, setVerified] = useState<Verification>();
  const [failed, setFailed] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    setFailed(undefined);
    await api<Verification>('/v1/audit/verify').then(setVerified, setFailed);
    setBusy(false);
  };
  return (
    <Page
      title={t('audit.title')}
      actions={
        mayRead && (
          <>
            {(['csv', 'ndjson'] as const).map((format) => (
              <a
                key={format}
                className="button"
                href={`/console/api/v1/audit/export?${filter && `${filter}&`}format=${format}`}
                download
              >
                {t(`sessions.${format}`)}
              </a>
            ))}
            <button type="button" className="primary" disabled={busy} onClick={() => void verify()}>
              {t('audit.verify')}
            </button>
          </>
        )
      }
    >
      {failed && <Failed error={failed} />}
      {verified && (
        <div className={`note ${verified.valid ? 'good' : 'bad'}`} role="status">
          <strong>
            {verified.valid
              ? t('audit.valid', { entries: verified.entries, signed: verified.signedHeads })
              : t('audit.broken', { faults: verified.faults.length })}
          </strong>
          <div>
            {t('audit.head', { seq: verified.head.seq })} <code className="hash">{verified.head.hash}</code>
          </div>
        </div>
      )}
      <form key={filter} className="bar wrap" role="search" onSubmit={find}>
        <input
          type="search"
          name="type"
          list="audit-types"
          aria-label={t('audit.filter')}
          placeholder="curfew.admin.policy_updated.v1"
          defaultValue={search.get('type') ?? ''}
        />
        <datalist id="audit-types">
          {[...new Set(entries.data?.map(({ type }) => type))].sort().map((type) => (
            <option key={type} value={type} />
          ))}
        </datalist>
        {(['actor', 'subject'] as const).map((name) => (
          <input
            key={name}
            type="search"
            name={name}
            aria-label={t(`audit.filter.${name}`)}
            placeholder={t(`audit.filter.${name}`)}
            defaultValue={search.get(name) ?? ''}
          />
        ))}
        {search.get('correlationId') && (
          <label className="inline">
            <input type="checkbox" name="correlationId" defaultChecked value={search.get('correlationId')!} />
            {t('audit.filter.chain')}
          </label>
        )}
        <button type="submit">{t('audit.find')}</button>
      </form>
      <Listing
        of={entries}
        empty={t('audit.empty')}
        hint={t('audit.empty.hint')}
        label={t('audit.title')}
        keyOf={({ seq }) => String(seq)}
        columns={[
          { name: '#', className: 'number', of: ({ seq }) => seq },
          { name: t('audit.when'), of: ({ occurredAt }) => <Time at={occurredAt} /> },
          {
            name: t('audit.type'),
            of: (entry) => (
              <details>
                <summary>{entry.type}</summary>
                <pre>{JSON.stringify(entry.data, null, 2)}</pre>
              </details>
            ),
          },
          { name: t('audit.actor'), of: ({ actor }) => <Actor of={actor} /> },
          { name: t('audit.subject'), of: ({ subject }) => subject },
        ]}
      />
    </Page>
  );
}
