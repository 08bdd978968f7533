import { useState } from 'react';
import { useMay } from '../app/me';
import { api } from '../data/api';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing, Page, Time } from '../parts/basics';
import { Confirmed } from '../parts/confirmed';
import { FormCard } from '../parts/form-card';
import { Provider } from '../parts/provider';
import { ROLES } from '../parts/roles';

interface Key {
  readonly keyId: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly person: { readonly subject: string } | null;
}

export function KeysPage() {
  const keys = usePages<Key>('/v1/api-keys');
  const mayWrite = useMay('api-keys:write');
  return (
    <Page title={t('keys.title')}>
      {mayWrite && <Make done={keys.reload} />}
      <Provider />
      <Listing
        of={keys}
        empty={t('keys.empty')}
        hint={t('keys.empty.hint')}
        label={t('keys.title')}
        keyOf={({ keyId }) => keyId}
        columns={[
          { name: t('keys.name'), of: ({ name, person }) => (person ? `${name} (${t('keys.person')})` : name) },
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
          ...(mayWrite
            ? [
                {
                  name: t('keys.revoke'),
                  of: ({ keyId, name, revokedAt }: Key) =>
                    revokedAt === null && (
                      <Confirmed
                        action={t('keys.revoke')}
                        title={t('keys.revoke.title', { name })}
                        hint={t('keys.revoke.hint')}
                        act={() => api(`/v1/api-keys/${keyId}`, { method: 'DELETE' })}
                        done={keys.reload}
                      />
                    ),
                },
              ]
            : []),
        ]}
      />
    </Page>
  );
}

function Make({ done }: { done: () => void }) {
  const [made, setMade] = useState<string>();
  return (
    <FormCard
      title={t('keys.create')}
      action={t('keys.create')}
      send={async ({ name, role }) => {
        const { key } = await api<{ key: string }>('/v1/api-keys', { method: 'POST', body: { name, roles: [role] } });
        setMade(key);
      }}
      done={done}
      said={
        made && (
          <p className="note good" role="status">
            {t('keys.once')} <code>{made}</code>
          </p>
        )
      }
    >
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
    </FormCard>
  );
}
