import { useState } from 'react';
import { useMay } from '../app/me';
import { api } from '../data/api';
import { usePages } from '../data/use';
import { t, word } from '../messages';
import { Listing, Time } from './basics';
import { Confirmed } from './confirmed';
import { FormCard } from './form-card';
import { Once } from './once';
import { RevocationLink } from './target-name';

interface Delivery {
  readonly id: string;
  readonly revocationId: string | null;
  readonly sid: string;
  readonly state: string;
  readonly plannedAt: string;
  readonly breachedAt: string | null;
}

/** What was sent to an application, newest first; each can be sent again. */
export function Deliveries({ clientId }: { clientId: string }) {
  const deliveries = usePages<Delivery>(`/v1/deliveries?clientId=${encodeURIComponent(clientId)}`);
  const mayResend = useMay('deliveries:redeliver');
  return (
    <section>
      <h2>{t('application.deliveries')}</h2>
      <Listing
        of={deliveries}
        empty={t('application.deliveries.empty')}
        hint={t('application.deliveries.empty.hint')}
        label={t('application.deliveries')}
        keyOf={({ id }) => id}
        columns={[
          { name: t('revocations.column.when'), of: ({ plannedAt }) => <Time at={plannedAt} /> },
          { name: t('session.title'), of: ({ sid }) => <code>{sid}</code> },
          {
            name: t('revocations.column.state'),
            of: ({ state, breachedAt }) => (
              <span className="tags">
                <span className={`tag ${TONES[state] ?? 'waiting'}`}>{word('delivery', state)}</span>
                {breachedAt && <span className="tag bad">{t('delivery.breached')}</span>}
              </span>
            ),
          },
          {
            name: t('field.revocation'),
            of: ({ revocationId }) => revocationId && <RevocationLink id={revocationId} />,
          },
          ...(mayResend
            ? [
                {
                  name: t('revocation.resend'),
                  of: ({ id }: Delivery) => (
                    <button
                      type="button"
                      className="small"
                      onClick={() =>
                        void api('/v1/deliveries/redeliver', { method: 'POST', body: { ids: [id] } }).then(
                          deliveries.reload,
                        )
                      }
                    >
                      {t('revocation.resend')}
                    </button>
                  ),
                },
              ]
            : []),
        ]}
      />
    </section>
  );
}

const TONES: Readonly<Record<string, string>> = {
  confirmed: 'good',
  accepted: 'fair',
  rejected: 'bad',
  abandoned: 'bad',
};

interface Key {
  readonly keyId: string;
  readonly name: string;
  readonly clientId: string | null;
  readonly revokedAt: string | null;
}

/** The keys an application speaks with. */
export function ApplicationKeys({ clientId }: { clientId: string }) {
  const keys = usePages<Key>('/v1/api-keys');
  const mayWrite = useMay('api-keys:write');
  const [secret, setSecret] = useState<string>();
  const own = keys.data?.filter((key) => key.clientId === clientId && key.revokedAt === null);
  return (
    <section>
      <h2>{t('application.keys')}</h2>
      {mayWrite && (
        <FormCard
          title={t('application.keys.create')}
          action={t('keys.create')}
          send={async ({ name }, form) => {
            const body = { name, roles: ['application'], clientId };
            setSecret((await api<{ key: string }>('/v1/api-keys', { method: 'POST', body })).key);
            form.reset();
          }}
          done={keys.reload}
          said={<Once said={t('keys.once')} secret={secret} />}
        >
          <label>
            {t('keys.name')}
            <input name="name" required maxLength={256} autoComplete="off" />
          </label>
        </FormCard>
      )}
      <Listing
        of={{ ...keys, data: own }}
        empty={t('application.keys.empty')}
        hint={t('application.keys.empty.hint')}
        label={t('application.keys')}
        keyOf={({ keyId }) => keyId}
        columns={[
          { name: t('keys.name'), of: ({ name }) => name },
          { name: 'Id', of: ({ keyId }) => <code>{keyId}</code> },
          ...(mayWrite
            ? [
                {
                  name: t('keys.revoke'),
                  of: ({ keyId, name }: Key) => (
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
    </section>
  );
}
