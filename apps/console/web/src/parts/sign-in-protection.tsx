import { useState } from 'react';
import { useMay } from '../app/me';
import { useUnsaved } from '../app/unsaved';
import { api, type ApiError } from '../data/api';
import { isSame } from '../data/policy';
import { useTagged } from '../data/use';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';
import { Shown } from './basics';

interface Window {
  readonly failures: number;
  readonly withinSeconds: number;
  readonly lockSeconds: number;
}

interface Protection {
  readonly lockout: { readonly user: readonly Window[]; readonly ip: readonly Window[] };
  readonly risk: { readonly mfaAt: number | null; readonly blockAt: number | null };
  readonly captcha: {
    readonly afterFailures: number | null;
    readonly withinSeconds: number;
    readonly alwaysForPasswordOnly: boolean;
    readonly suspiciousIps: readonly string[];
    readonly liftedFor: readonly object[];
  };
}

const MOST_WINDOWS = 4;
const PATH = '/v1/sign-in-protection';

export function SignInProtection() {
  const read = useTagged<Protection>(PATH);
  return (
    <section>
      <h2>{t('protection.title')}</h2>
      <Shown of={read}>{(data) => <Form key={read.etag} of={data} etag={read.etag!} reload={read.reload} />}</Shown>
    </section>
  );
}

/** Anew with each version: what was typed was typed to the one before. */
function Form({ of, etag, reload }: { of: Protection; etag: string; reload: () => void }) {
  const mayWrite = useMay('policies:write');
  const [draft, setDraft] = useState(of);
  const [said, setSaid] = useState<string>();
  const isChanged = !isSame(draft, of);
  useUnsaved(isChanged);
  const { lockout, risk, captcha } = draft;
  const save = async (): Promise<void> => {
    try {
      await api(PATH, { method: 'PUT', body: draft, headers: { 'if-match': etag } });
      reload();
    } catch (error) {
      const conflict = (error as ApiError).status === 412;
      setSaid(conflict ? t('approvals.rule.changed') : refusalOf(error as ApiError));
      if (conflict) reload();
    }
  };
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <fieldset disabled={!mayWrite}>
        {(['user', 'ip'] as const).map((kind) => (
          <Windows
            key={kind}
            title={t(`protection.lockout.${kind}`)}
            of={lockout[kind]}
            put={(windows) => setDraft({ ...draft, lockout: { ...lockout, [kind]: windows } })}
          />
        ))}
        <div className="fields">
          {(['mfaAt', 'blockAt'] as const).map((name) => (
            <Count
              key={name}
              label={t(`protection.${name}`)}
              most={100}
              value={risk[name]}
              put={(value) => setDraft({ ...draft, risk: { ...risk, [name]: value } })}
            />
          ))}
          <Count
            label={t('protection.afterFailures')}
            most={1_000}
            value={captcha.afterFailures}
            put={(afterFailures) => setDraft({ ...draft, captcha: { ...captcha, afterFailures } })}
          />
          <label>
            {t('protection.suspiciousIps')}
            <input
              value={captcha.suspiciousIps.join(', ')}
              onChange={({ target: { value } }) =>
                setDraft({ ...draft, captcha: { ...captcha, suspiciousIps: value === '' ? [] : value.split(/, ?/) } })
              }
            />
          </label>
          <label className="choice">
            <input
              type="checkbox"
              checked={captcha.alwaysForPasswordOnly}
              onChange={({ target: { checked: alwaysForPasswordOnly } }) =>
                setDraft({ ...draft, captcha: { ...captcha, alwaysForPasswordOnly } })
              }
            />
            {t('protection.alwaysForPasswordOnly')}
          </label>
        </div>
      </fieldset>
      {mayWrite && (
        <div className="actions end">
          <button type="button" disabled={!isChanged} onClick={() => setDraft(of)}>
            {t('policies.discard')}
          </button>
          <button type="submit" className="primary" disabled={!isChanged}>
            {t('protection.save')}
          </button>
        </div>
      )}
      {said && (
        <p className="note bad" role="alert">
          {said}
        </p>
      )}
    </form>
  );
}

/** Empty: off. */
function Count({
  label,
  most,
  value,
  put,
}: {
  label: string;
  most: number;
  value: number | null;
  put: (value: number | null) => void;
}) {
  return (
    <label>
      {label}
      <input
        type="number"
        min={0}
        max={most}
        placeholder={t('policies.off')}
        value={value ?? ''}
        onChange={({ target }) => put(target.value === '' ? null : Number(target.value))}
      />
    </label>
  );
}

function Windows({
  title,
  of,
  put,
}: {
  title: string;
  of: readonly Window[];
  put: (windows: readonly Window[]) => void;
}) {
  const parts = ['failures', 'withinSeconds', 'lockSeconds'] as const;
  return (
    <fieldset className="windows">
      <legend>{title}</legend>
      {of.map((window, at) => (
        <div key={at}>
          {parts.map((part) => (
            <label key={part}>
              <span className="faint">{t(`protection.${part}`)}</span>
              <input
                type="number"
                min={1}
                step="any"
                required
                value={part === 'failures' ? window[part] : window[part] / 60}
                onChange={({ target }) => {
                  const value = Math.round(Number(target.value) * (part === 'failures' ? 1 : 60));
                  put(of.map((one, index) => (index === at ? { ...one, [part]: value } : one)));
                }}
              />
            </label>
          ))}
          <button
            type="button"
            className="small"
            aria-label={t('protection.window.remove', { n: at + 1, of: title })}
            onClick={() => put(of.filter((_, index) => index !== at))}
          >
            ×
          </button>
        </div>
      ))}
      {of.length < MOST_WINDOWS && (
        <button
          type="button"
          className="small"
          aria-label={`${title}: ${t('protection.window.add')}`}
          onClick={() => put([...of, { failures: 5, withinSeconds: 600, lockSeconds: 900 }])}
        >
          {t('protection.window.add')}
        </button>
      )}
    </fieldset>
  );
}
