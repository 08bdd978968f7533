import { useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { api, type Page } from '../data/api';
import { useLive } from '../data/live';
import { useApi } from '../data/use';
import { LANGUAGES, setLanguage, t, useLanguage, type Language, type MessageKey } from '../messages';
import { ActorNames } from '../parts/actor';
import { Boundary } from './boundary';
import { useMe } from './me';
import { StepUp } from './step-up';

const NAVIGATION: readonly [string, MessageKey, string][] = [
  ['/', 'nav.sessions', 'sessions:read'],
  ['/revocations', 'nav.revocations', 'revocations:read'],
  ['/approvals', 'nav.approvals', 'revocations:read'],
  ['/overview', 'nav.overview', 'revocations:read'],
  ['/policies', 'nav.policies', 'policies:read'],
  ['/shifts', 'nav.shifts', 'shifts:read'],
  ['/applications', 'nav.applications', 'applications:read'],
  ['/signals', 'nav.signals', 'signals:read'],
  ['/audit', 'nav.audit', 'audit:read'],
  ['/keys', 'nav.keys', 'api-keys:read'],
];
const WAITING_EVERY_MS = 10_000;
const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

export function Shell({ children, leave }: { children: ReactNode; leave: () => void }) {
  const { tenant, name, roles, permissions } = useMe();
  const { connection } = useLive();
  const language = useLanguage();
  const [location] = useLocation();
  const mayDecide = permissions.includes('revocations:approve');
  const pending = useApi<Page<unknown>>(mayDecide ? '/v1/approvals?state=pending' : undefined, WAITING_EVERY_MS);
  const waiting = pending.data?.items.length ?? 0;
  const [theme, setTheme] = useState<Theme>((localStorage.getItem('curfew.theme') as Theme | null) ?? 'system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    localStorage.setItem('curfew.theme', theme);
  }, [theme]);
  const signOut = async (): Promise<void> => {
    const gone = await api<{ url?: string }>('/sign-out', { method: 'POST', body: {} }).catch(() => undefined);
    leave();
    if (gone?.url) window.location.assign(gone.url);
  };
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <header className="side">
        <div className="brand">
          <img src="/console/icon.svg" alt="" width="24" height="24" />
          <strong>Curfew</strong>
          <span className={`connection ${connection}`} role="status">
            {connection === 'broken' ? '' : t(`live.${connection}`)}
          </span>
        </div>
        <nav aria-label={t('nav.main')}>
          {NAVIGATION.filter(([, , right]) => permissions.includes(right)).map(([path, key]) => {
            const here =
              path === '/' ? location === '/' || location.startsWith('/sessions') : location.startsWith(path);
            return (
              <Link key={path} href={path} aria-current={here ? 'page' : undefined}>
                {t(key)}
                {path === '/approvals' && waiting > 0 && (
                  <span className="tag waiting">{t('nav.approvals.waiting', { n: waiting })}</span>
                )}
              </Link>
            );
          })}
        </nav>
        <div className="who">
          <div>
            {name && <strong>{name}</strong>}
            <div>
              <span className="faint">{t('app.tenant')}</span> {tenant}
            </div>
            <div className="faint">{roles.join(', ')}</div>
          </div>
          <div className="choices">
            <select
              aria-label={t('app.language')}
              value={language}
              onChange={(event) => void setLanguage(event.target.value as Language)}
            >
              {Object.entries(LANGUAGES).map(([code, name]) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </select>
            <select
              aria-label={t('app.theme')}
              value={theme}
              onChange={(event) => setTheme(event.target.value as Theme)}
            >
              {THEMES.map((one) => (
                <option key={one} value={one}>
                  {t(`app.theme.${one}`)}
                </option>
              ))}
            </select>
          </div>
          <button type="button" onClick={() => void signOut()}>
            {t('app.signOut')}
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {connection === 'broken' && (
          <p className="banner" role="alert">
            {t('live.broken')}
          </p>
        )}
        <ActorNames>
          <Boundary at={location}>{children}</Boundary>
        </ActorNames>
      </main>
      <StepUp />
    </div>
  );
}
