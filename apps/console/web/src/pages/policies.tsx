import { useEffect, useState, type FormEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../app/me';
import type { ApiError } from '../data/api';
import { LAYERS, type DefaultDocument, type Override, type Values } from '../data/policy';
import { readPolicy, type Base } from '../data/policy-io';
import { useApi, usePages } from '../data/use';
import { t } from '../messages';
import { Failed, Loading, Page } from '../parts/basics';
import { EffectivePolicy } from '../parts/effective-policy';
import { PolicyEditor } from '../parts/policy-editor';
import { policyHref, PolicyTabs } from '../parts/policy-tabs';

/** What sessions may do: the organisation's default, and what differs from it for some. */
export function PoliciesPage({ policy }: { policy: string }) {
  const overrides = usePages<Override>('/v1/policies/overrides');
  const organisation = useApi<DefaultDocument>('/v1/policies/default');
  const [version, setVersion] = useState(0);
  const saved = (): void => {
    overrides.reload();
    organisation.reload();
  };
  return (
    <Page title={t('policies.title')}>
      <PolicyTabs />
      <div className="two">
        <aside>
          <nav className="card list" aria-label={t('policies.all')}>
            <Entry policy="default" here={policy} name={t('policies.default')} />
            {overrides.data?.map(({ policy: name, values, expired }) => (
              <Entry
                key={name}
                policy={name}
                here={policy}
                name={name}
                more={`${t('policies.overrides')}: ${Object.keys(values).join(', ')}${expired ? ` (${t('policies.expired')})` : ''}`}
              />
            ))}
            {overrides.data?.length === 0 && <p className="hint">{t('policies.overrides.none')}</p>}
            {overrides.more && (
              <button type="button" onClick={overrides.more}>
                {t('list.more')}
              </button>
            )}
          </nav>
          <NewOverride />
          <EffectivePolicy />
        </aside>
        {organisation.data ? (
          <Editing
            key={`${policy} ${version}`}
            policy={policy}
            organisation={organisation.data}
            saved={saved}
            again={() => setVersion(version + 1)}
          />
        ) : organisation.error ? (
          <Failed error={organisation.error} retry={organisation.reload} />
        ) : (
          <Loading />
        )}
      </div>
    </Page>
  );
}

function Entry({ policy, here, name, more }: { policy: string; here: string; name: string; more?: string }) {
  return (
    <Link href={policyHref(policy)} aria-current={policy === here ? 'true' : undefined}>
      <strong>{name}</strong>
      {more && <span className="hint">{more}</span>}
    </Link>
  );
}

function Editing({
  policy,
  organisation,
  saved,
  again,
}: {
  policy: string;
  organisation: DefaultDocument;
  saved: () => void;
  again: () => void;
}) {
  const [base, setBase] = useState<Base>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => void readPolicy(policy).then(setBase, setError), [policy]);
  if (error) return <Failed error={error} retry={again} />;
  if (!base) return <Loading />;
  return (
    <PolicyEditor policy={policy} read={base} organisation={organisation as Values} saved={saved} removed={again} />
  );
}

function NewOverride() {
  const mayWrite = useMay('policies:write');
  const [, navigate] = useLocation();
  if (!mayWrite) return null;
  const open = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    navigate(policyHref(`${fields.get('layer') as string}:${(fields.get('id') as string).trim()}`));
  };
  return (
    <form className="card" onSubmit={open}>
      <h2>{t('policies.new')}</h2>
      <label>
        {t('policies.layer')}
        <select name="layer">
          {LAYERS.map((layer) => (
            <option key={layer} value={layer}>
              {t(`policies.layer.${layer}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('policies.id')}
        <input name="id" required maxLength={256} autoComplete="off" />
      </label>
      <button type="submit">{t('policies.open')}</button>
    </form>
  );
}
