import { useState, type FormEvent } from 'react';
import { useMay, useMe } from '../app/me';
import { api, type ApiError } from '../data/api';
import { useTagged } from '../data/use';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';
import { ROLES } from './roles';
import { Said, type Outcome } from './said';

interface Settings {
  readonly issuer: string;
  readonly clientId: string;
  readonly application: string;
  readonly scope: string;
  readonly subjectClaim: string;
  readonly rolesClaim: string;
  readonly roles: readonly Mapping[];
  readonly stepUpAcr: string | null;
  readonly stepUpSeconds: number | null;
}
interface Mapping {
  readonly value: string;
  readonly role: string;
}

const NONE: Settings = {
  issuer: '',
  clientId: '',
  application: 'curfew-console',
  scope: 'openid profile email',
  subjectClaim: 'sub',
  rolesClaim: 'groups',
  roles: [{ value: '', role: 'owner' }],
  stepUpAcr: null,
  stepUpSeconds: null,
};
const TEXTS = ['issuer', 'clientId', 'application', 'scope', 'subjectClaim', 'rolesClaim', 'stepUpAcr'] as const;

/** Through which provider administrators sign in, and as what. */
export function Provider() {
  const found = useTagged<Settings>('/v1/administrator-sign-in');
  const [said, setSaid] = useState<Outcome>();
  const isNone = found.error?.status === 404;
  if (!found.data && !isNone) return null;
  const form = { of: found.data, etag: found.etag ?? '"0"', reload: found.reload, said, say: setSaid };
  return <Form key={found.etag ?? 'none'} {...form} />;
}

/** Anew with each version: what was typed was typed to the one before. */
function Form({
  of,
  etag,
  reload,
  said,
  say,
}: {
  of: Settings | undefined;
  etag: string;
  reload: () => void;
  said: Outcome | undefined;
  say: (said: Outcome) => void;
}) {
  const mayWrite = useMay('api-keys:write');
  const { tenant } = useMe();
  const [roles, setRoles] = useState((of ?? NONE).roles);
  const save = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const body = {
      ...Object.fromEntries(TEXTS.flatMap((name) => (fields[name] ? [[name, fields[name].trim()]] : []))),
      ...(fields.clientSecret ? { clientSecret: fields.clientSecret } : {}),
      roles,
      stepUpSeconds: fields.stepUpSeconds ? Number(fields.stepUpSeconds) : null,
    };
    try {
      await api('/v1/administrator-sign-in', { method: 'PUT', body, headers: { 'if-match': etag } });
      say({ text: t('provider.saved'), bad: false });
      reload();
    } catch (error) {
      const conflict = (error as ApiError).status === 412;
      say({ text: conflict ? t('provider.changed') : refusalOf(error as ApiError), bad: true });
      if (conflict) reload();
    }
  };
  const put = (at: number, change: Partial<Mapping>): void =>
    setRoles(roles.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <details className="card" open={said !== undefined}>
      <summary>{t('provider.title')}</summary>
      <p className="hint">
        {t('provider.hint', {
          callback: `${location.origin}/console/callback`,
          logout: `${location.origin}/console/back-channel-logout/${tenant}`,
        })}
      </p>
      {!of && <p>{t('provider.none')}</p>}
      <form onSubmit={(event) => void save(event)}>
        <fieldset className="fields" disabled={!mayWrite}>
          {TEXTS.map((name) => (
            <label key={name}>
              {t(`provider.${name}`)}
              <input
                name={name}
                type={name === 'issuer' ? 'url' : 'text'}
                required={name !== 'stepUpAcr'}
                autoComplete="off"
                defaultValue={(of ?? NONE)[name] ?? ''}
              />
            </label>
          ))}
          <label>
            {t('provider.stepUpSeconds')}
            <input
              name="stepUpSeconds"
              type="number"
              min={30}
              max={86_400}
              placeholder={t('policies.off')}
              defaultValue={of?.stepUpSeconds ?? ''}
            />
          </label>
          <label>
            {t('provider.clientSecret')}
            <input
              name="clientSecret"
              type="password"
              autoComplete="off"
              required={!of}
              placeholder={of ? t('provider.clientSecret.kept') : ''}
            />
          </label>
          <fieldset className="mappings">
            <legend>{t('provider.mappings')}</legend>
            {roles.map(({ value, role }, at) => (
              <div key={at}>
                <input
                  aria-label={t('provider.mappings.value')}
                  required
                  value={value}
                  onChange={(event) => put(at, { value: event.target.value })}
                />
                <select
                  aria-label={t('provider.mappings.role')}
                  value={role}
                  onChange={(event) => put(at, { role: event.target.value })}
                >
                  {ROLES.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
                <button
                  type="button"
                  className="small"
                  aria-label={t('provider.mappings.remove', { value })}
                  onClick={() => setRoles(roles.filter((_, index) => index !== at))}
                >
                  ×
                </button>
              </div>
            ))}
            <div>
              <button
                type="button"
                className="small"
                onClick={() => setRoles([...roles, { value: '', role: 'read-only' }])}
              >
                {t('provider.mappings.add')}
              </button>
            </div>
          </fieldset>
          {mayWrite && (
            <button type="submit" className="primary">
              {t('provider.save')}
            </button>
          )}
        </fieldset>
      </form>
      <Said of={said} />
    </details>
  );
}
