import { useMay } from '../app/me';
import { api } from '../data/api';
import { useLive } from '../data/live';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing, Page, To } from '../parts/basics';
import { FormCard } from '../parts/form-card';

export interface Application {
  readonly clientId: string;
  readonly name: string;
  readonly backchannelLogoutUri: string | null;
  readonly logoutTokenAlg: string;
  readonly deadlineSeconds: number;
}

export function ApplicationsPage() {
  const applications = usePages<Application>('/v1/applications');
  const { sessions } = useLive();
  const mayWrite = useMay('applications:write');
  const live = new Map<string, number>();
  for (const { clientId, endedAt } of sessions) if (endedAt === null) live.set(clientId, (live.get(clientId) ?? 0) + 1);
  return (
    <Page title={t('applications.title')}>
      {mayWrite && <Register done={applications.reload} />}
      <Listing
        of={applications}
        empty={t('applications.empty')}
        hint={t('applications.empty.hint')}
        label={t('applications.title')}
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
    </Page>
  );
}

function Register({ done }: { done: () => void }) {
  return (
    <FormCard
      title={t('applications.register')}
      action={t('applications.save')}
      send={async ({ clientId, name, uri }, form) => {
        await api('/v1/applications', {
          method: 'POST',
          body: { clientId, name, ...(uri ? { backchannelLogoutUri: uri } : {}) },
        });
        form.reset();
      }}
      done={done}
    >
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
    </FormCard>
  );
}
