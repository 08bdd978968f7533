import { useEffect, useState, type FormEvent } from 'react';
import { api, type ApiError } from '../data/api';
import { t, type MessageKey } from '../messages';
import { en } from '../messages/en';

export function SignIn({ over, done }: { over: string | undefined; done: () => void }) {
  const [link] = useState(() => (location.pathname.endsWith('/sign-in') ? location.hash.slice(1) : ''));
  const [busy, setBusy] = useState(link !== '');
  const [refused, setRefused] = useState<string>();
  document.title = `${t('signIn.submit')} · Curfew`;

  const send = async (body: { key: string } | { link: string }): Promise<void> => {
    setBusy(true);
    try {
      await api('/sign-in', { method: 'POST', body });
      done();
    } catch (error) {
      const { status, detail } = error as ApiError;
      setBusy(false);
      setRefused(
        status === 401 ? t(detail === 'link' ? 'signIn.refused.link' : 'signIn.refused.key') : t('error.offline'),
      );
    }
  };
  useEffect(() => {
    if (!link) return;
    history.replaceState(null, '', '/console/');
    void send({ link });
  }, [link]);

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void send({ key: (new FormData(event.currentTarget).get('key') as string).trim() });
  };
  const message = `signIn.over.${over}`;
  return (
    <main className="alone">
      <form className="card sign-in" onSubmit={submit}>
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
            <label htmlFor="key">{t('signIn.key')}</label>
            <input
              id="key"
              name="key"
              type="password"
              required
              autoFocus
              autoComplete="current-password"
              aria-describedby="key-hint"
            />
            <p id="key-hint" className="hint">
              {t('signIn.key.hint')}
            </p>
            <button type="submit" className="primary" disabled={busy}>
              {t('signIn.submit')}
            </button>
          </>
        )}
      </form>
    </main>
  );
}
