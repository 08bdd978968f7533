import { useState } from 'react';
import { useMay } from '../app/me';
import { api } from '../data/api';
import { useApi } from '../data/use';
import { fieldName, t, when } from '../messages';
import { Details, Page, Shown, To } from '../parts/basics';
import { KillAll, SessionList, useSessions } from '../parts/session-list';

interface Subject {
  readonly id: string;
  readonly identifiers: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly bars?: readonly { revocationId: string; source: string | null; raisedAt: string }[];
}

export function PersonPage({ id }: { id: string }) {
  const person = useApi<Subject>(`/v1/subjects/${encodeURIComponent(id)}`, 3_000);
  const { rows, loading } = useSessions(({ subject }) => subject === id);
  const mayLift = useMay('subjects:reinstate');
  const [busy, setBusy] = useState(false);
  const reinstate = async (): Promise<void> => {
    setBusy(true);
    await api(`/v1/subjects/${encodeURIComponent(id)}/reinstate`, { method: 'POST', body: {} }).catch(() => undefined);
    setBusy(false);
    person.reload();
  };
  return (
    <Page title={t('person.title', { id })} actions={<KillAll target={{ kind: 'subject', id }} rows={rows} />}>
      <Shown of={person}>
        {(data) => (
          <>
            {(data.bars?.length ?? 0) > 0 && (
              <div className="note bad">
                <strong>{t('person.bars')}</strong>
                <ul>
                  {data.bars!.map(({ revocationId, raisedAt }) => (
                    <li key={revocationId}>
                      <To page="revocations" id={revocationId}>
                        {t('person.bars.by', { time: when(raisedAt), id: revocationId.slice(0, 8) })}
                      </To>
                    </li>
                  ))}
                </ul>
                {mayLift && (
                  <button type="button" disabled={busy} onClick={() => void reinstate()}>
                    {t('person.reinstate')}
                  </button>
                )}
              </div>
            )}
            <Details
              of={[
                ...Object.entries({ ...data.identifiers, ...data.attributes }).map(
                  ([name, value]) => [fieldName(name), value] as const,
                ),
                [t('field.groups'), data.groups.join(', ')],
              ]}
            />
          </>
        )}
      </Shown>
      <SessionList rows={rows} loading={loading} />
    </Page>
  );
}
