import { useMay } from '../app/me';
import { api } from '../data/api';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing } from './basics';
import { Confirmed } from './confirmed';
import { FormCard } from './form-card';

const KINDS = ['local', 'directory', 'federated', 'mfa'] as const;

interface Profile {
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
}

/** The ways to sign in that a rule may name. */
export function SignInProfiles() {
  const profiles = usePages<Profile>('/v1/sign-in-profiles');
  const mayWrite = useMay('policies:write');
  return (
    <section>
      <h2>{t('profiles.title')}</h2>
      {mayWrite && (
        <FormCard
          title={t('profiles.create')}
          action={t('profiles.create')}
          send={async ({ name, kind }, form) => {
            await api('/v1/sign-in-profiles', { method: 'POST', body: { name, kind } });
            form.reset();
          }}
          done={profiles.reload}
        >
          <label>
            {t('profiles.name')}
            <input name="name" required maxLength={64} autoComplete="off" />
          </label>
          <label>
            {t('profiles.kind')}
            <select name="kind">
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`profiles.kind.${kind}`)}
                </option>
              ))}
            </select>
          </label>
        </FormCard>
      )}
      <Listing
        of={profiles}
        empty={t('profiles.empty')}
        hint={t('profiles.empty.hint')}
        label={t('profiles.title')}
        keyOf={({ name }) => name}
        columns={[
          { name: t('profiles.name'), of: ({ name }) => <code>{name}</code> },
          { name: t('profiles.kind'), of: ({ kind }) => t(`profiles.kind.${kind}`) },
          ...(mayWrite
            ? [
                {
                  name: t('sources.actions'),
                  of: ({ name }: Profile) => (
                    <Confirmed
                      action={t('sources.remove')}
                      title={t('profiles.remove.title', { name })}
                      hint={t('profiles.remove.hint')}
                      act={() => api(`/v1/sign-in-profiles/${encodeURIComponent(name)}`, { method: 'DELETE' })}
                      done={profiles.reload}
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
