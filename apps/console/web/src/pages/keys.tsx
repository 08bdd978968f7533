import { useState, type FormEvent } from 'react';
import { useMay } from '../app/me';
import { api, type ApiError } from '../data/api';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Empty, Failed, Loading, More, Page, Table, Time } from '../parts/basics';

interface Key {
  readonly keyId: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** Of people: those of applications and sources name whom they speak for, and are made where that is. */
const ROLES = ['owner', 'admin', 'responder', 'auditor', 'read-only'];

export function KeysPage() {
  const { data, error, reload, more } = usePages<Key>('/v1/api-keys');
  const mayWrite = useMay('api-keys:write');
  return (
    <Page title={t('keys.title')}>
      {mayWrite && <Make done={reload} />}
      {error && !data ? (
        <Failed error={error} retry={reload} />
      ) : !data ? (
        <Loading />
      ) : data.length === 0 ? (
        <Empty title={t('keys.empty')} hint={t('keys.empty.hint')} />
      ) : (
        <Table
          label={t('keys.title')}
          rows={data}
          keyOf={({ keyId }) => keyId}
          columns={[
            { name: t('keys.name'), of: ({ name }) => name },
            { name: 'Id', of: ({ keyId }) => <code>{keyId}</code> },
            { name: t('keys.roles'), of: ({ roles }) => roles.join(', ') },
            { name: t('keys.expires'), of: ({ expiresAt }) => <Time at={expiresAt} /> },
            {
              name: t('keys.state'),
              of: ({ revokedAt }) => (
                <span className={`tag ${revokedAt ? 'bad' : 'good'}`}>
                  {t(revokedAt ? 'keys.revoked' : 'keys.valid')}
                </span>
              ),
            },
          ]}
        />
      )}
      <More more={more} />
    </Page>
  );
}

function Make({ done }: { done: () => void }) {
  const [made, setMade] = useState<string>();
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const { name, role } = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    try {
      const { key } = await api<{ key: string }>('/v1/api-keys', { method: 'POST', body: { name, roles: [role] } });
      setMade(key);
      setError(undefined);
      done();
    } catch (failure) {
      setError((failure as ApiError).message);
    }
  };
  return (
    <details className="card">
      <summary>{t('keys.create')}</summary>
      <form className="fields" onSubmit={(event) => void submit(event)}>
        <label>
          {t('keys.name')}
          <input name="name" required maxLength={256} autoComplete="off" />
        </label>
        <label>
          {t('keys.roles')}
          <select name="role">
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
        <button type="submit" className="primary">
          {t('keys.create')}
        </button>
      </form>
      {error && (
        <p className="note bad" role="alert">
          {error}
        </p>
      )}
      {made && (
        <p className="note good" role="status">
          {t('keys.once')} <code>{made}</code>
        </p>
      )}
    </details>
  );
}
