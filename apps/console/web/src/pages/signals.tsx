import { useMay } from '../app/me';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing, Page, Time, To } from '../parts/basics';
import { PayloadTest } from '../parts/payload-test';
import { Sources } from '../parts/sources';

interface Signal {
  readonly signalId: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: Readonly<Record<string, string>> | null;
  readonly device?: { readonly id: string } | null;
  readonly receivedAt: string;
  readonly progress: string;
  readonly reason?: string | null;
  readonly revocationId: string | null;
}

const EVERY_MS = 3_000;

const aboutOf = ({ subject, device }: Signal): string =>
  [...Object.values(subject ?? {}), device?.id].filter(Boolean).join(' · ');

export function SignalsPage() {
  const signals = usePages<Signal>('/v1/signals', EVERY_MS);
  const maySet = useMay('signals:sources');
  return (
    <Page title={t('signals.title')}>
      {maySet && (
        <>
          <Sources />
          <PayloadTest />
          <h2>{t('signals.title')}</h2>
        </>
      )}
      <Listing
        of={signals}
        empty={t('signals.empty')}
        hint={t('signals.empty.hint')}
        label={t('signals.title')}
        keyOf={({ signalId }) => signalId}
        columns={[
          { name: t('signals.received'), of: ({ receivedAt }) => <Time at={receivedAt} /> },
          { name: t('signals.type'), of: ({ type }) => type },
          { name: t('signals.about'), of: aboutOf },
          { name: t('signals.source'), of: ({ source }) => source },
          { name: t('field.reason'), of: ({ reason }) => reason },
          {
            name: t('signals.progress'),
            of: ({ progress, revocationId }) =>
              revocationId ? (
                <To page="revocations" id={revocationId}>
                  {progress}
                </To>
              ) : (
                progress
              ),
          },
        ]}
      />
    </Page>
  );
}
