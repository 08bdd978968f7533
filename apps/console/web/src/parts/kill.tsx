import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { api, type ApiError } from '../data/api';
import { live } from '../data/live';
import type { BlastRadius, Session, Target, TargetKind } from '../data/types';
import { t, type MessageKey } from '../messages';
import { refusalOf } from '../messages/refusal';
import { Link } from 'wouter';
import { Bars } from './bars';
import { Failed, Loading, To } from './basics';
import { RevocationProgress } from './revocation-progress';

type Scope = 'sessions' | 'subject' | 'device' | 'application';

/** What a kill was answered with: it is in force, or waits for a second person. */
interface Asked {
  readonly revocationId: string;
  readonly state: string;
}

/** So many requests at once: each is a revocation of its own. */
const AT_ONCE = 6;

const countBy = (sessions: readonly Session[], keyOf: (session: Session) => string | null): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const session of sessions) {
    const key = keyOf(session);
    if (key !== null) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

const radiusOf = (sessions: readonly Session[]): BlastRadius => ({
  sessions: sessions.length,
  subjects: new Set(sessions.map(({ subject }) => subject)).size,
  byApplication: countBy(sessions, ({ clientId }) => clientId),
  byRegion: countBy(sessions, ({ region }) => region),
  byDevice: countBy(sessions, ({ device }) => device),
  byGroup: {},
});

/** The one who is the same in all of them. */
const only = (values: readonly (string | null)[]): string | undefined =>
  values.every((value) => value === values[0]) ? (values[0] ?? undefined) : undefined;

function targetsOf(sessions: readonly Session[]): readonly [Scope, string | undefined][] {
  const wider: [Scope, string | undefined][] = [
    ['subject', only(sessions.map(({ subject }) => subject))],
    ['device', only(sessions.map(({ device }) => device))],
    ['application', only(sessions.map(({ clientId }) => clientId))],
  ];
  return [['sessions', ''], ...wider.filter(([, id]) => id !== undefined)];
}

interface Props {
  /** Live ones. */
  readonly sessions: readonly Session[];
  /** Given: the scope is this, and nothing is chosen. */
  readonly target?: Target;
  close(): void;
}

/** Select → blast radius → reason → watch: the whole way of a kill, in one dialog. */
export function Kill({ sessions, target: given, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  // What was selected when it was opened: rows that end meanwhile do not leave it.
  const [chosen] = useState(sessions);
  const scopes = useMemo(() => targetsOf(chosen), [chosen]);
  const [scope, setScope] = useState<Scope>('sessions');
  const target: Target | undefined =
    given ??
    (scope !== 'sessions'
      ? { kind: scope, id: scopes.find(([one]) => one === scope)![1]! }
      : chosen.length === 1
        ? { kind: 'session', id: chosen[0]!.id }
        : undefined);
  const [radius, setRadius] = useState<BlastRadius>();
  const [bar, setBar] = useState(false);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [revocations, setRevocations] = useState<readonly Asked[]>();

  useEffect(() => {
    dialog.current?.showModal();
    reason.current?.focus(); // a dialog goes to its first field by itself
  }, []);
  const dryRun = async (signal?: AbortSignal): Promise<void> => {
    if (!target) return setRadius(radiusOf(chosen));
    setRadius(undefined);
    try {
      const body = { target: { [target.kind]: target.id }, reason: '-' };
      setRadius(
        await api<BlastRadius>('/v1/revocations?dryRun=true', { method: 'POST', body, ...(signal ? { signal } : {}) }),
      );
    } catch (failure) {
      if (!signal?.aborted) setError(failure as ApiError);
    }
  };
  useEffect(() => {
    const over = new AbortController();
    setError(undefined);
    void dryRun(over.signal);
    return () => over.abort();
  }, [target?.kind, target?.id]);

  const barrable = target?.kind === 'subject' || target?.kind === 'device';
  const revoke = async (why: string): Promise<Asked[]> => {
    const targets: Target[] = target ? [target] : chosen.map(({ id }) => ({ kind: 'session', id }));
    const asked: Asked[] = [];
    for (let from = 0; from < targets.length; from += AT_ONCE) {
      const some = targets.slice(from, from + AT_ONCE).map(async ({ kind, id }) => {
        const body = {
          target: { [kind]: id },
          reason: why,
          ...(barrable ? { bar } : {}),
          ...(target && radius?.planToken ? { planToken: radius.planToken } : {}),
        };
        return api<Asked>('/v1/revocations', { method: 'POST', body });
      });
      asked.push(...(await Promise.all(some)));
    }
    return asked;
  };
  const confirm = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      setRevocations(await revoke(new FormData(event.currentTarget).get('reason') as string));
    } catch (failure) {
      setError(failure as ApiError);
      if ((failure as ApiError).code === 'plan_outdated' || (failure as ApiError).code === 'plan_invalid')
        await dryRun();
    }
    setBusy(false);
  };

  const labelOf = (one: Scope, id: string | undefined): string =>
    one === 'sessions' && chosen.length === 1
      ? t('kill.scope.session')
      : t(`kill.scope.${one}` as MessageKey, {
          n: chosen.length,
          id: one === 'sessions' ? '' : live.nameOf({ kind: one, id: id ?? '' }),
        });
  return (
    <dialog ref={dialog} className="kill" aria-labelledby="kill-title" onClose={close}>
      <h2 id="kill-title">{given ? labelOf(given.kind as Scope, given.id) : t('kill.title')}</h2>
      {revocations ? (
        <>
          {revocations.map(({ revocationId: id, state }) =>
            state === 'pending_approval' ? (
              <p key={id} role="status" className="note">
                {t('kill.pending')} <Link href="/approvals">{t('nav.approvals')}</Link>
              </p>
            ) : (
              <section key={id}>
                <RevocationProgress id={id} />
                <p>
                  <To page="revocations" id={id}>
                    {t('kill.follow')}
                  </To>
                </p>
              </section>
            ),
          )}
          <div className="actions">
            <button type="button" className="primary" autoFocus onClick={() => dialog.current?.close()}>
              {t('kill.close')}
            </button>
          </div>
        </>
      ) : (
        <form onSubmit={(event) => void confirm(event)}>
          {!given && (
            <fieldset>
              <legend>{t('kill.scope')}</legend>
              {scopes.map(([one, id]) => (
                <label key={one} className="choice">
                  <input type="radio" name="scope" value={one} checked={scope === one} onChange={() => setScope(one)} />
                  {labelOf(one, id)}
                </label>
              ))}
            </fieldset>
          )}
          <section aria-live="polite">
            <h3>{t('kill.radius')}</h3>
            {error && error.code === 'plan_outdated' ? (
              <p className="note bad" role="alert">
                {t('kill.outdated')}
              </p>
            ) : error && error.status >= 400 && error.status < 500 ? (
              <p className="note bad" role="alert">
                {t('kill.failed', { detail: refusalOf(error) })}
              </p>
            ) : (
              error && <Failed error={error} />
            )}
            {radius ? <Radius of={radius} /> : !error && <Loading />}
          </section>
          {barrable && (
            <label className="choice">
              <input type="checkbox" checked={bar} onChange={(event) => setBar(event.target.checked)} />
              {t('kill.bar')}
            </label>
          )}
          <label htmlFor="reason">{t('kill.reason')}</label>
          <input
            id="reason"
            ref={reason}
            name="reason"
            required
            maxLength={1000}
            autoComplete="off"
            aria-describedby="reason-hint"
          />
          <p id="reason-hint" className="hint">
            {t('kill.reason.hint')}
          </p>
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              {t('kill.cancel')}
            </button>
            <button type="submit" className="danger" disabled={busy || !radius}>
              {t('kill.confirm', { n: radius?.sessions ?? 0 })}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}

const named = (kind: TargetKind) => (id: string) => live.nameOf({ kind, id });

function Radius({ of }: { of: BlastRadius }) {
  if (of.sessions === 0) return <p>{t('kill.radius.none')}</p>;
  return (
    <>
      <p className="sum">{t('kill.radius.sum', { sessions: of.sessions, subjects: of.subjects })}</p>
      <div className="radius">
        <Bars title={t('kill.by.application')} counts={of.byApplication} labelOf={named('application')} />
        <Bars title={t('kill.by.region')} counts={of.byRegion} />
        <Bars title={t('kill.by.device')} counts={of.byDevice} labelOf={named('device')} />
        <Bars title={t('kill.by.group')} counts={of.byGroup} />
      </div>
    </>
  );
}
