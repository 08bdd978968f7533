import { useState } from 'react';
import { useMay } from '../app/me';
import { useUnsaved } from '../app/unsaved';
import { tagged, type ApiError, type Page } from '../data/api';
import { isSame } from '../data/policy';
import { inPlace, sent, type Rule, type SignInPolicy } from '../data/rules';
import { useApi } from '../data/use';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';
import { RuleList } from './rule-list';
import { Said, type Outcome } from './said';

interface Profile {
  readonly name: string;
  readonly kind: string;
}
interface Base {
  readonly policy: SignInPolicy;
  readonly etag: string;
}

const DEFAULT = 'default';
const wordsOf = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

/** A sign-in policy with all its rules, saved as a whole and to the version that was read. */
export function SignInPolicyEditor({ read, etag, saved }: { read: SignInPolicy; etag: string; saved: () => void }) {
  const mayWrite = useMay('policies:write');
  const profiles = useApi<Page<Profile>>('/v1/sign-in-profiles').data?.items ?? [];
  const [base, setBase] = useState<Base>({ policy: read, etag });
  const [draft, setDraft] = useState(read);
  const [theirs, setTheirs] = useState<Base>();
  const [said, setSaid] = useState<Outcome>();
  const isChanged = !isSame(draft, base.policy);
  useUnsaved(isChanged);
  const path = `/v1/sign-in-policies/${encodeURIComponent(read.policyId)}`;
  const isDefault = read.policyId === DEFAULT;

  const change = (next: Partial<SignInPolicy>): void => {
    setSaid(undefined);
    setDraft({ ...draft, ...next });
  };
  const put = (ruleId: string, next: Partial<Rule>): void =>
    change({ rules: draft.rules.map((rule) => (rule.ruleId === ruleId ? { ...rule, ...next } : rule)) });
  const add = (): void => {
    const rule: Rule = {
      ruleId: crypto.randomUUID(),
      ...{ name: '', priority: 100, conditions: { matchAllUsers: true }, action: 'DENY' },
      ...{ profile: null, mfa: null, session: null },
    };
    change({ rules: inPlace([rule, ...draft.rules]) });
  };
  const save = async (): Promise<void> => {
    const { name, description, priority, status, assignment, rules } = draft;
    const own = isDefault ? {} : { priority, status, assignment };
    try {
      const answer = await tagged<SignInPolicy>(path, {
        method: 'PATCH',
        body: { name, description, ...own, rules: rules.map(sent) },
        headers: { 'if-match': base.etag },
      });
      setBase({ policy: answer.data, etag: answer.etag! });
      setDraft(answer.data);
      setSaid({ text: t('rules.saved', { version: String(answer.data.version) }), bad: false });
      saved();
    } catch (error) {
      if ((error as ApiError).status !== 412) return setSaid({ text: refusalOf(error as ApiError), bad: true });
      const now = await tagged<SignInPolicy>(path);
      setTheirs({ policy: now.data, etag: now.etag! });
    }
  };
  const take = (mine: SignInPolicy): void => {
    setBase(theirs!);
    setDraft(mine);
    setTheirs(undefined);
  };
  return (
    <section className="card policy" aria-label={read.name}>
      <h2>{draft.name}</h2>
      <div className="fields">
        <label>
          {t('rules.policyName')}
          <input value={draft.name} disabled={!mayWrite} onChange={(event) => change({ name: event.target.value })} />
        </label>
        {!isDefault && (
          <>
            <label>
              {t('rules.priority')}
              <input
                type="number"
                min={1}
                max={1000}
                value={draft.priority}
                disabled={!mayWrite}
                onChange={(event) => change({ priority: Number(event.target.value) })}
              />
            </label>
            <label>
              {t('rules.status')}
              <select
                value={draft.status}
                disabled={!mayWrite}
                onChange={(event) => change({ status: event.target.value })}
              >
                <option>active</option>
                <option>inactive</option>
              </select>
            </label>
            {(['groups', 'subjects'] as const).map((kind) => (
              <label key={kind}>
                {`${t('rules.assignment')}: ${t(`rules.assign.${kind}`)}`}
                <input
                  defaultValue={draft.assignment[kind].join(', ')}
                  disabled={!mayWrite}
                  placeholder={t('policies.words.hint')}
                  onChange={(event) =>
                    change({ assignment: { ...draft.assignment, [kind]: wordsOf(event.target.value) } })
                  }
                />
              </label>
            ))}
          </>
        )}
      </div>
      <h3>{t('rules.rules')}</h3>
      {draft.rules.length === 0 && <p className="hint">{t('rules.none')}</p>}
      <RuleList rules={draft.rules} disabled={!mayWrite} put={(rules) => change({ rules })}>
        {(rule) => (
          <RuleFields
            rule={rule}
            profiles={profiles}
            disabled={!mayWrite}
            put={(next) => put(rule.ruleId, next)}
            remove={() => change({ rules: draft.rules.filter(({ ruleId }) => ruleId !== rule.ruleId) })}
          />
        )}
      </RuleList>
      {theirs && (
        <div className="note bad" role="alert">
          <p>{t('policies.conflict', { version: String(theirs.policy.version) })}</p>
          <div className="actions">
            <button type="button" onClick={() => take(theirs.policy)}>
              {t('policies.conflict.load')}
            </button>
            <button type="button" onClick={() => take(draft)}>
              {t('policies.conflict.rebase')}
            </button>
          </div>
        </div>
      )}
      {mayWrite && (
        <div className="actions">
          <button type="button" onClick={add}>
            {t('rules.add')}
          </button>
          <button type="button" disabled={!isChanged} onClick={() => setDraft(base.policy)}>
            {t('policies.discard')}
          </button>
          <button type="button" className="primary" disabled={!isChanged} onClick={() => void save()}>
            {t('rules.save')}
          </button>
        </div>
      )}
      <Said of={said} />
    </section>
  );
}

function RuleFields({
  rule,
  profiles,
  disabled,
  put,
  remove,
}: {
  rule: Rule;
  profiles: readonly Profile[];
  disabled: boolean;
  put: (next: Partial<Rule>) => void;
  remove: () => void;
}) {
  const { name, priority, action, profile, conditions } = rule;
  const setList = (field: 'groups' | 'ip', text: string): void => {
    const { matchAllUsers: _, groups = [], subjects = [], ip, ...rest } = conditions;
    const lists = { groups, ip: ip ?? [], [field]: wordsOf(text) } as {
      groups: readonly string[];
      ip: readonly string[];
    };
    put({
      conditions: {
        ...rest,
        matchAllUsers: lists.groups.length + subjects.length === 0,
        ...{ groups: lists.groups, subjects },
        ...(lists.ip.length > 0 ? { ip: lists.ip } : {}),
      },
    });
  };
  const firstFactors = profiles.filter(({ kind }) => kind !== 'mfa');
  return (
    <fieldset className="fields" disabled={disabled} aria-label={t('rules.rule', { name, priority: String(priority) })}>
      <label>
        {t('rules.name')}
        <input value={name} required maxLength={256} onChange={(event) => put({ name: event.target.value })} />
      </label>
      <label>
        {t('rules.action')}
        <select
          value={action}
          onChange={(event) => {
            const next = event.target.value as Rule['action'];
            put(next === 'ALLOW' ? { action: next, profile: firstFactors[0]?.name ?? null } : { action: next });
          }}
        >
          <option>ALLOW</option>
          <option>DENY</option>
        </select>
      </label>
      {action === 'ALLOW' && (
        <label>
          {t('rules.profile')}
          <select value={profile ?? ''} onChange={(event) => put({ profile: event.target.value || null })}>
            {firstFactors.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t('rules.who')}
        <input
          defaultValue={(conditions.groups ?? []).join(', ')}
          placeholder={t('rules.everyone')}
          onChange={(event) => setList('groups', event.target.value)}
        />
      </label>
      <label>
        {t('rules.ip')}
        <input
          defaultValue={(conditions.ip ?? []).join(', ')}
          onChange={(event) => setList('ip', event.target.value)}
        />
      </label>
      <span className="faint">
        {t('rules.priority')} {priority}
      </span>
      {!disabled && (
        <button type="button" className="small" aria-label={t('rules.remove', { name })} onClick={remove}>
          ×
        </button>
      )}
    </fieldset>
  );
}
