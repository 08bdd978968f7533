import { useMay } from '../app/me';
import { api } from '../data/api';
import { useApi } from '../data/use';
import { fieldName, t, when } from '../messages';
import { Details, Failed, FieldValue, Page } from '../parts/basics';
import { KillAll, SessionList, useSessions } from '../parts/session-list';

type DeviceView = Readonly<Record<string, unknown>>;

export function DevicePage({ id }: { id: string }) {
  const path = `/v1/devices/${encodeURIComponent(id)}`;
  const { data, error, reload } = useApi<DeviceView>(path, 3_000);
  const { rows, loading } = useSessions(({ device }) => device === id);
  const mayClear = useMay('devices:revoke');
  const bars = (data?.bars as readonly { revocationId: string; raisedAt: string }[] | undefined) ?? [];
  const clear = async (): Promise<void> => {
    await api(`${path}/clear`, { method: 'POST', body: {} }).catch(() => undefined);
    reload();
  };
  return (
    <Page title={t('device.title', { id })} actions={<KillAll target={{ kind: 'device', id }} rows={rows} />}>
      {error && !data && <Failed error={error} retry={reload} />}
      {bars.length > 0 && (
        <div className="note bad">
          <strong>{t('device.quarantined')}</strong> {when(bars[0]!.raisedAt)}
          {mayClear && (
            <button type="button" onClick={() => void clear()}>
              {t('device.clear')}
            </button>
          )}
        </div>
      )}
      {data && (
        <Details
          of={Object.entries(data)
            .filter(([, value]) => typeof value === 'string')
            .map(([name, value]) => [fieldName(name), <FieldValue of={value as string} />] as const)}
        />
      )}
      <SessionList rows={rows} loading={loading} />
    </Page>
  );
}
