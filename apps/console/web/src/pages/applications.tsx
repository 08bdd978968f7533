import { useState, type FormEvent } from 'react';
import { useMay } from '../app/me';
import { api, type ApiError } from '../data/api';
import { useLive } from '../data/live';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Empty, Failed, Loading, More, Page, Table, To } from '../parts/basics';

export interface Application {
  readonly clientId: string;
  readonly name: string;
  readonly backchannelLogoutUri: string | null;
  readonly logoutTokenAlg: string;
  readonly deadlineSeconds: number;
}

export function ApplicationsPage() {
  const { data, error, reload, more } = usePages<Application>('/v1/applications');
  const { sessions } = useLive();
  const mayWrite = useMay('applications:write');
  const live = new Map<string, number>();
  for (const { clientId, endedAt } of sessions.values())
    if (endedAt === null) live.set(clientId, (live.get(clientId) ?? 0) + 1);
  return (
    <Page title={t('applications.title')}>
      {mayWrite && <Register done={reload} />}
      {error && !data ? (
        <Failed error={error} retry={reload} />
      ) : !data ? (
        <Loading />
      ) : data.length === 0 ? (
        <Empty title={t('applications.empty')} hint={t('applications.empty.hint')} />
      ) : (
        <Table
          label={t('applications.title')}
          rows={data}
          keyOf={({ clientId }) => clientId}
          columns={[
            {
              name: t('applications.name'),
              of: ({ name, clientId }) => (
                <To page="applications" id={clientId}>
                  {name}
                </To>
              ),
            },
            { name: t('applications.clientId'), of: ({ clientId }) => <code>{clientId}</code> },
            { name: t('applications.live'), className: 'number', of: ({ clientId }) => live.get(clientId) ?? 0 },
            {
              name: t('applications.uri'),
              of: ({ backchannelLogoutUri }) => <span className="faint">{backchannelLogoutUri}</span>,
            },
            { name: t('field.algorithm'), of: ({ logoutTokenAlg }) => logoutTokenAlg },
            { name: t('field.deadline'), className: 'number', of: ({ deadlineSeconds }) => `${deadlineSeconds} s` },
          ]}
        />
      )}
      <More more={more} />
    </Page>
  );
}

function Register({ done }: { done: () => void }) {
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const { clientId, name, uri } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    try {
      await api('/v1/applications', {
        method: 'POST',
        body: { clientId, name, ...(uri ? { backchannelLogoutUri: uri } : {}) },
      });
      form.reset();
      setError(undefined);
      done();
    } catch (failure) {
      setError((failure as ApiError).message);
    }
  };
  return (
    <details className="card">
      <summary>{t('applications.register')}</summary>
      <form className="fields" onSubmit={(event) => void submit(event)}>
        <label>
          {t('applications.clientId')}
          <input name="clientId" required maxLength={256} autoComplete="off" />
        </label>
        <label>
          {t('applications.name')}
          <input name="name" required maxLength={256} autoComplete="off" />
        </label>
        <label>
          {t('applications.uri')}
          <input name="uri" type="url" autoComplete="off" />
        </label>
        <button type="submit" className="primary">
          {t('applications.save')}
        </button>
      </form>
      {error && (
        <p className="note bad" role="alert">
          {error}
        </p>
      )}
    </details>
  );
}
