import { useState } from 'react';
import { useMay } from '../app/me';
import { useLive } from '../data/live';
import { applicationOf, browserOf, deviceOf, durationOf, placeOf, statusOf } from '../data/session-view';
import type { Session } from '../data/types';
import { useApi, useNow } from '../data/use';
import { t, word } from '../messages';
import { Details, Failed, Loading, Page, StatusTag, Time, To } from '../parts/basics';
import { Kill } from '../parts/kill';
import { RevocationProgress } from '../parts/revocation-progress';
import { RevocationLink } from '../parts/target-name';

/** What only those have that are followed. */
const UNKNOWN = { application: null, email: null, region: null, deviceName: null, version: '0' } as Session;

export function SessionPage({ id }: { id: string }) {
  const { sessions, connection } = useLive();
  const now = useNow(5_000);
  const mayEnd = useMay('revocations:write');
  const [killing, setKilling] = useState(false);
  const watched = sessions.find((one) => one.id === id);
  // One that ended long ago is not followed any more, and still has a page.
  const past = useApi<Partial<Session>>(watched || connection === 'loading' ? undefined : `/v1/sessions/${id}`);
  const session = watched ?? (past.data && { ...UNKNOWN, ...past.data });
  if (!session)
    return (
      <Page title={t('session.title')}>
        {past.error ? <Failed error={past.error} retry={past.reload} /> : <Loading />}
      </Page>
    );
  return (
    <Page
      title={`${session.subject} · ${applicationOf(session)}`}
      actions={
        mayEnd &&
        session.endedAt === null && (
          <button type="button" className="danger" onClick={() => setKilling(true)}>
            {t('sessions.end')}
          </button>
        )
      }
    >
      <Details
        of={[
          [t('column.status'), <StatusTag status={statusOf(session, now)} />],
          [t('column.user'), <To page="people" id={session.subject} />],
          [t('column.email'), session.email],
          [
            t('column.application'),
            <To page="applications" id={session.clientId}>
              {applicationOf(session)}
            </To>,
          ],
          [
            t('column.device'),
            session.device && (
              <To page="devices" id={session.device}>
                {deviceOf(session)}
              </To>
            ),
          ],
          [t('column.browser'), browserOf(session)],
          [t('column.location'), placeOf(session)],
          [t('column.duration'), durationOf(session, now)],
          [t('field.opened'), <Time at={session.openedAt} />],
          [t('field.lastActivity'), <Time at={session.lastActivityAt} />],
          [t('field.expires'), session.endedAt === null && <Time at={session.expiresAt} />],
          [
            t('field.idleExpires'),
            session.endedAt === null && session.idleExpiresAt && <Time at={session.idleExpiresAt} />,
          ],
          [t('field.ended'), session.endedAt && <Time at={session.endedAt} />],
          [t('column.cause'), session.cause && word('cause', session.cause)],
          [t('field.reason'), session.reason],
          [t('field.revocation'), session.revocationId && <RevocationLink id={session.revocationId} />],
          ['sid', <code>{session.sid}</code>],
        ]}
      />
      {session.revocationId && <RevocationProgress id={session.revocationId} />}
      {killing && <Kill sessions={[session]} close={() => setKilling(false)} />}
    </Page>
  );
}
