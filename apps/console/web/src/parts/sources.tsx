import { useState } from 'react';
import { api } from '../data/api';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing } from './basics';
import { Confirmed } from './confirmed';
import { FormCard } from './form-card';
import { Once } from './once';

interface Source {
  readonly sourceId: string;
  readonly name: string;
  readonly mapping: string;
  readonly enabled: boolean;
}

/** The mappings that come with Curfew; another may be typed. */
export const Mappings = () => (
  <datalist id="mappings">
    {['generic', 'bamboohr', 'crowdstrike', 'gusto', 'hibob', 'jamf', 'okta'].map((name) => (
      <option key={name} value={name} />
    ))}
  </datalist>
);

/** Who may send webhooks. A secret is shown when it is made, and never again. */
export function Sources() {
  const sources = usePages<Source>('/v1/sources');
  const [secret, setSecret] = useState<string>();
  const at = ({ sourceId }: Source): string => `/v1/sources/${encodeURIComponent(sourceId)}`;
  const put = async (source: Source, enabled: boolean): Promise<void> => {
    await api(at(source), { method: 'PATCH', body: { enabled } });
    sources.reload();
  };
  return (
    <section>
      <h2>{t('sources.title')}</h2>
      <FormCard
        title={t('sources.create')}
        action={t('sources.create')}
        send={async ({ name, mapping }, form) => {
          const body = { name, mapping, kind: 'webhook' };
          setSecret((await api<{ secret: string }>('/v1/sources', { method: 'POST', body })).secret);
          form.reset();
        }}
        done={sources.reload}
      >
        <label>
          {t('sources.name')}
          <input name="name" required maxLength={64} pattern="[a-z0-9][a-z0-9._\-]*" autoComplete="off" />
        </label>
        <label>
          {t('sources.mapping')}
          <input name="mapping" required list="mappings" defaultValue="generic" />
        </label>
      </FormCard>
      <Mappings />
      <Once said={t('sources.once')} secret={secret} />
      <Listing
        of={sources}
        empty={t('sources.empty')}
        hint={t('sources.empty.hint')}
        label={t('sources.title')}
        keyOf={({ sourceId }) => sourceId}
        columns={[
          { name: t('sources.name'), of: ({ name }) => name },
          { name: t('sources.mapping'), of: ({ mapping }) => mapping },
          { name: t('sources.address'), of: ({ sourceId }) => <code>/v1/hooks/{sourceId}</code> },
          {
            name: t('sources.state'),
            of: ({ enabled }) => (
              <span className={`tag ${enabled ? 'good' : 'bad'}`}>
                {t(enabled ? 'sources.enabled' : 'sources.disabled')}
              </span>
            ),
          },
          {
            name: t('sources.actions'),
            of: (source) => (
              <span className="tags">
                <button type="button" className="small" onClick={() => void put(source, !source.enabled)}>
                  {t(source.enabled ? 'sources.disable' : 'sources.enable', { name: source.name })}
                </button>
                <Confirmed
                  action={t('sources.rotate')}
                  title={t('sources.rotate.title', { name: source.name })}
                  hint={t('sources.rotate.hint')}
                  act={async () =>
                    setSecret(
                      (await api<{ secret: string }>(`${at(source)}/rotate-secret`, { method: 'POST', body: {} }))
                        .secret,
                    )
                  }
                  done={sources.reload}
                />
                <Confirmed
                  action={t('sources.remove')}
                  title={t('sources.remove.title', { name: source.name })}
                  hint={t('sources.remove.hint')}
                  act={() => api(at(source), { method: 'DELETE' })}
                  done={sources.reload}
                />
              </span>
            ),
          },
        ]}
      />
    </section>
  );
}
