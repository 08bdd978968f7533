import { Link } from 'wouter';
import { useMay } from '../app/me';
import { useApi } from '../data/use';
import { fieldName, t } from '../messages';
import { Details, FieldValue, Page, Shown } from '../parts/basics';
import { ApplicationKeys, Deliveries } from '../parts/application-more';
import { policyHref } from '../parts/policy-tabs';
import { EndpointTest } from '../parts/endpoint-test';
import { KillAll, SessionList, useSessions } from '../parts/session-list';
import type { Application } from './applications';

type WithHealth = Application & { readonly health: Readonly<Record<string, string | number | boolean | null>> };

export function ApplicationPage({ id }: { id: string }) {
  const application = useApi<WithHealth>(`/v1/applications/${encodeURIComponent(id)}`, 5_000);
  const mayPolicies = useMay('policies:read');
  const mayTest = useMay('applications:write');
  const mayDeliveries = useMay('deliveries:read');
  const mayKeys = useMay('api-keys:read');
  const { rows, loading } = useSessions(({ clientId }) => clientId === id);
  return (
    <Page
      title={t('application.title', { id: application.data?.name ?? id })}
      actions={
        <>
          {mayPolicies && (
            <Link className="button" href={policyHref(`application:${id}`)}>
              {t('application.policy')}
            </Link>
          )}
          <KillAll target={{ kind: 'application', id }} rows={rows} />
        </>
      }
    >
      <Shown of={application}>
        {(data) => (
          <>
            <Details
              of={[
                [t('applications.clientId'), <code>{data.clientId}</code>],
                [t('application.endpoint'), data.backchannelLogoutUri],
                [t('field.algorithm'), data.logoutTokenAlg],
                [t('field.deadline'), `${data.deadlineSeconds} s`],
              ]}
            />
            <h2>{t('application.health')}</h2>
            <Details
              of={Object.entries(data.health).map(
                ([name, value]) => [fieldName(name), <FieldValue of={value} />] as const,
              )}
            />
          </>
        )}
      </Shown>
      {mayTest && application.data?.backchannelLogoutUri && <EndpointTest id={id} />}
      <SessionList rows={rows} loading={loading} />
      {mayDeliveries && <Deliveries clientId={id} />}
      {mayKeys && <ApplicationKeys clientId={id} />}
    </Page>
  );
}
