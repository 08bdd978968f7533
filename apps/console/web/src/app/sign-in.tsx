import { useEffect, useState, type FormEvent } from 'react';
import { api, type ApiError } from '../data/api';
import { t, type MessageKey } from '../messages';
import { en } from '../messages/en';

const TENANT = 'curfew.tenant';
/** Where they were when they had to sign in. */
const BACK = 'curfew.back';

/** After signing in through a provider, which forgets where one was. */
export function goBack(): void {
  const back = sessionStorage.getItem(BACK);
  sessionStorage.removeItem(BACK);
  if (back && location.pathname === '/console/') history.replaceState(null, '', back);
}

/** In the words of the catalogue, by the stable code of the refusal. */
export const signInRefusalOf = (code: string): string => {
  const key = `signIn.refused.${code}`;
  return key in en ? t(key as MessageKey) : t('signIn.refused.other', { code });
};

export function SignIn({ over, done }: { over: string | undefined; done: () => void }) {
  const [link] = useState(() => (location.pathname.endsWith('/sign-in') ? location.hash.slice(1) : ''));
  const [busy, setBusy] = useState(link !== '');
  const [refused, setRefused] = useState(() => {
    const code = new URLSearchParams(location.search).get('refused');
    return location.pathname.endsWith('/sign-in') && code ? signInRefusalOf(code) : undefined;
  });
  document.title = `${t('signIn.submit')} · Curfew`;

  const send = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setRefused(undefined);
    try {
      await work();
    } catch (error) {
      const { status, code, detail } = error as ApiError;
      setBusy(false);
      setRefused(
        status === 401
          ? signInRefusalOf(detail === 'link' ? 'link' : 'key')
          : status === 0 || code === 'unavailable'
            ? t('error.offline')
            : signInRefusalOf(code),
      );
    }
  };
  const byKey = (body: { key: string } | { link: string }) => async (): Promise<void> => {
    await api('/sign-in', { method: 'POST', body });
    done();
  };
  const byProvider = (tenant: string) => async (): Promise<void> => {
    const { url } = await api<{ url: string }>('/sign-in/provider', { method: 'POST', body: { tenant } });
    localStorage.setItem(TENANT, tenant);
    if (!location.pathname.endsWith('/sign-in')) sessionStorage.setItem(BACK, location.pathname + location.search);
    location.assign(url);
  };
  useEffect(() => {
    if (!link) return;
    history.replaceState(null, '', '/console/');
    void send(byKey({ link }));
  }, [link]);

  const submit =
    (name: string, work: (value: string) => () => Promise<void>) =>
    (event: FormEvent<HTMLFormElement>): void => {
      event.preventDefault();
      void send(work((new FormData(event.currentTarget).get(name) as string).trim()));
    };
  const message = `signIn.over.${over}`;
  return (
    <main className="alone">
      <div className="card sign-in">
        <img src="/console/icon.svg" alt="" width="40" height="40" />
        <h1>{t('signIn.title')}</h1>
        {message in en && <p className="note">{t(message as MessageKey)}</p>}
        {refused && (
          <p className="note bad" role="alert">
            {refused}
          </p>
        )}
        {busy && link ? (
          <p role="status">{t('signIn.link')}</p>
        ) : (
          <>
            <form onSubmit={submit('tenant', byProvider)}>
              <label htmlFor="tenant">{t('signIn.tenant')}</label>
              <input
                id="tenant"
                name="tenant"
                required
                maxLength={63}
                autoFocus
                autoComplete="organization"
                autoCapitalize="none"
                defaultValue={localStorage.getItem(TENANT) ?? 'default'}
              />
              <button type="submit" className="primary" disabled={busy}>
                {t('signIn.provider')}
              </button>
            </form>
            <details open={over === 'key_refused'}>
              <summary>{t('signIn.byKey')}</summary>
              <form onSubmit={submit('key', (key) => byKey({ key }))}>
                <label htmlFor="key">{t('signIn.key')}</label>
                <input
                  id="key"
                  name="key"
                  type="password"
                  required
                  autoComplete="current-password"
                  aria-describedby="key-hint"
                />
                <p id="key-hint" className="hint">
                  {t('signIn.key.hint')}
                </p>
                <button type="submit" disabled={busy}>
                  {t('signIn.submit')}
                </button>
              </form>
            </details>
          </>
        )}
      </div>
    </main>
  );
}
