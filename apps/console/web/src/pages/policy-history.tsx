import { useMay } from '../app/me';
import { api } from '../data/api';
import type { Change } from '../data/policy';
import { usePages, type Pages } from '../data/use';
import { t } from '../messages';
import { Actor } from '../parts/actor';
import { Listing, Page, Time } from '../parts/basics';
import { Confirmed } from '../parts/confirmed';
import { Diff } from '../parts/policy-preview';
import { PolicyTabs } from '../parts/policy-tabs';

/** Of sign-in policies the two sides are called otherwise. */
interface AnyChange extends Partial<Change> {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

interface Saved {
  readonly policy: string;
  readonly version: number;
  readonly changes: readonly AnyChange[];
  readonly reason: string | null;
  readonly actor: string;
  readonly savedAt: string;
}

/** Every version that was ever saved, of session and of sign-in policies; any can hold again. */
export function PolicyHistoryPage() {
  const session = usePages<Saved>('/v1/policies/history');
  const signIn = usePages<Saved>('/v1/sign-in-policies/history');
  return (
    <Page title={t('policies.history')}>
      <PolicyTabs />
      <h2>{t('policies.session')}</h2>
      <Versions of={session} revertAt="/v1/policies/revert" label={t('policies.session')} />
      <h2>{t('policies.signIn')}</h2>
      <Versions of={signIn} revertAt="/v1/sign-in-policies/revert" label={t('policies.signIn')} />
    </Page>
  );
}

function Versions({ of, revertAt, label }: { of: Pages<Saved>; revertAt: string; label: string }) {
  const mayWrite = useMay('policies:write');
  return (
    <Listing
      of={of}
      empty={t('policies.history.empty')}
      hint={t('policies.history.empty.hint')}
      label={label}
      keyOf={({ policy, version }) => `${policy} ${version}`}
      columns={[
        { name: t('policies.when'), of: ({ savedAt }) => <Time at={savedAt} /> },
        { name: t('policies.policy'), of: ({ policy }) => policy },
        { name: t('policies.version'), className: 'number', of: ({ version }) => version },
        { name: t('policies.by'), of: ({ actor }) => <Actor of={actor} /> },
        { name: t('policies.reason'), of: ({ reason }) => reason },
        {
          name: t('policies.changes'),
          of: ({ changes }) => (
            <details>
              <summary>{changes.map(({ field }) => field).join(', ')}</summary>
              <Diff
                changes={changes.map(({ field, from, to, before, after, direction }) => ({
                  field,
                  from: from ?? before,
                  to: to ?? after,
                  direction,
                }))}
              />
            </details>
          ),
        },
        ...(mayWrite
          ? [
              {
                name: t('policies.revert'),
                of: ({ policy, version }: Saved) => (
                  <Confirmed
                    action={t('policies.revert')}
                    title={t('policies.revert.title', { version: String(version), policy })}
                    hint={t('policies.revert.hint')}
                    act={() => api(revertAt, { method: 'POST', body: { policy, version } })}
                    done={of.reload}
                  />
                ),
              },
            ]
          : []),
      ]}
    />
  );
}
