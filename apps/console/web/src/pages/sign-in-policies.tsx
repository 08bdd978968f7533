import { Link, useLocation } from 'wouter';
import { useMay } from '../app/me';
import { api } from '../data/api';
import type { SignInPolicy } from '../data/rules';
import { usePages, useTagged } from '../data/use';
import { t } from '../messages';
import { Page, Shown } from '../parts/basics';
import { EvaluateAs } from '../parts/evaluate-as';
import { FormCard } from '../parts/form-card';
import { SignInProfiles } from '../parts/sign-in-profiles';
import { SignInProtection } from '../parts/sign-in-protection';
import { SignInPolicyEditor } from '../parts/sign-in-policy-editor';
import { PolicyTabs } from '../parts/policy-tabs';

const hrefOf = (id: string): string => `/policies/sign-in/${encodeURIComponent(id)}`;

/** Who may sign in, how, and to what session: the policies and their rules in the order they are asked. */
export function SignInPoliciesPage({ id }: { id: string }) {
  const policies = usePages<SignInPolicy>('/v1/sign-in-policies');
  const policy = useTagged<SignInPolicy>(`/v1/sign-in-policies/${encodeURIComponent(id)}`);
  const mayWrite = useMay('policies:write');
  const mayAsk = useMay('sign-in:evaluate');
  const [, navigate] = useLocation();
  return (
    <Page title={t('policies.signIn')}>
      <PolicyTabs />
      <div className="two">
        <aside>
          <nav className="card list" aria-label={t('rules.policies')}>
            {policies.data?.map(({ policyId, name, priority, status }) => (
              <Link key={policyId} href={hrefOf(policyId)} aria-current={policyId === id ? 'true' : undefined}>
                <strong>{name}</strong>
                <span className="hint">
                  {t('rules.priority')} {priority} · {status}
                </span>
              </Link>
            ))}
          </nav>
          {mayWrite && (
            <FormCard
              title={t('rules.create')}
              action={t('rules.create')}
              send={async ({ name, priority }) => {
                const body = { name, priority: Number(priority), status: 'inactive' };
                const { policyId } = await api<SignInPolicy>('/v1/sign-in-policies', { method: 'POST', body });
                navigate(hrefOf(policyId));
              }}
              done={policies.reload}
            >
              <label>
                {t('rules.policyName')}
                <input name="name" required maxLength={256} autoComplete="off" />
              </label>
              <label>
                {t('rules.priority')}
                <input name="priority" type="number" min={1} max={1000} defaultValue={100} required />
              </label>
            </FormCard>
          )}
        </aside>
        <div>
          <Shown of={policy}>
            {(read) => <SignInPolicyEditor key={id} read={read} etag={policy.etag!} saved={policies.reload} />}
          </Shown>
          {mayAsk && <EvaluateAs />}
          <SignInProfiles />
          <SignInProtection />
        </div>
      </div>
    </Page>
  );
}
