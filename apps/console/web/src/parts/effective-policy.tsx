import { useState, type FormEvent } from 'react';
import { shownAs } from '../data/policy';
import { useApi } from '../data/use';
import { t } from '../messages';
import { Shown, Table } from './basics';

interface Effective {
  readonly fields: Readonly<
    Record<string, { readonly value: unknown; readonly policy: string; readonly standing: string }>
  >;
}

/** What holds for one person right now, and for each field which policy says so. */
export function EffectivePolicy() {
  const [path, setPath] = useState<string>();
  const effective = useApi<Effective>(path);
  const show = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '') as [string, string][];
    setPath(`/v1/policies/effective?${new URLSearchParams(given).toString()}`);
  };
  return (
    <section className="card">
      <h2>{t('policies.effective')}</h2>
      <form onSubmit={show}>
        <label>
          {t('policies.effective.subject')}
          <input name="subject" required autoComplete="off" />
        </label>
        <label>
          {t('policies.effective.application')}
          <input name="application" autoComplete="off" />
        </label>
        <button type="submit">{t('policies.effective.show')}</button>
      </form>
      {path && (
        <Shown of={effective}>
          {({ fields }) => (
            <Table
              label={t('policies.effective')}
              rows={Object.entries(fields)}
              keyOf={([name]) => name}
              columns={[
                { name: t('policies.diff.field'), of: ([name]) => <code>{name}</code> },
                { name: t('policies.value'), of: ([name, { value }]) => shownAs(name, value) },
                {
                  name: t('policies.effective.from'),
                  of: ([, { policy, standing }]) => (
                    <>
                      <span className={`tag ${policy === 'default' ? '' : 'fair'}`}>
                        {standing === 'Overrides org' ? t('policies.overrides') : t('policies.inherits')}
                      </span>
                      {policy === 'default' ? '' : ` ${policy}`}
                    </>
                  ),
                },
              ]}
            />
          )}
        </Shown>
      )}
    </section>
  );
}
