import { useState } from 'react';
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

export function AuditPage() {
  const type = new URLSearchParams(useSearch()).get('type') ?? '';
  const [, go] = useLocation();
  const mayRead = useMay('audit:read');
  const entries = usePages<Entry>(`/v1/audit${type ? `?type=${encodeURIComponent(type)}` : ''}`);
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
          <button type="button" className="primary" disabled={busy} onClick={() => void verify()}>
            {t('audit.verify')}
          </button>
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
      <div className="bar">
        <input
          type="search"
          aria-label={t('audit.filter')}
          placeholder="curfew.admin.policy_updated.v1"
          defaultValue={type}
          onKeyDown={(event) =>
            event.key === 'Enter' && go(`/audit?type=${encodeURIComponent(event.currentTarget.value)}`)
          }
        />
      </div>
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
