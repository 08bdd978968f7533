import { useState, type FormEvent } from 'react';
import { useMay, useMe } from '../app/me';
import { api, tagged, type ApiError, type Page as ListPage } from '../data/api';
import type { Target } from '../data/types';
import { useApi, useNow, useTagged } from '../data/use';
import { t, word } from '../messages';
import { refusalOf } from '../messages/refusal';
import { Actor } from '../parts/actor';
import { Empty, Page, Shown, Table, Time, To } from '../parts/basics';
import { Confirmed, Why, whyOf } from '../parts/confirmed';
import { StateFilter, useStateIn } from '../parts/state-filter';
import { TargetName } from '../parts/target-name';
import { Said, type Outcome } from '../parts/said';

const STATES = ['pending', 'approved', 'rejected', 'expired'] as const;
const EVERY_MS = 3_000;

interface Approval {
  readonly revocationId: string;
  readonly state: (typeof STATES)[number];
  readonly target: Target;
  readonly reason: string;
  readonly sessions: number;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly decisionReason: string | null;
}

const TONES = { pending: 'waiting', approved: 'good', rejected: '', expired: 'bad' } as const;

/** Kills that wait for a second person, what became of others, and which kills do. */
export function ApprovalsPage() {
  const state = useStateIn(STATES);
  const approvals = useApi<ListPage<Approval>>(`/v1/approvals${state ? `?state=${state}` : ''}`, EVERY_MS);
  const mayApprove = useMay('revocations:approve');
  const mayReject = useMay('revocations:write');
  const { actor } = useMe();
  return (
    <Page title={t('approvals.title')}>
      <p className="hint lead">{t('approvals.hint')}</p>
      <Rule />
      <StateFilter path="/approvals" states={STATES} nameOf={(one) => t(`approvals.state.${one}`)} />
      <Shown of={approvals}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('approvals.empty')} hint={t('approvals.empty.hint')} />
          ) : (
            <Table
              label={t('approvals.title')}
              rows={items}
              keyOf={({ revocationId }) => revocationId}
              columns={[
                { name: t('approvals.asked'), of: ({ requestedAt }) => <Time at={requestedAt} /> },
                { name: t('revocations.column.target'), of: ({ target }) => <TargetName of={target} /> },
                { name: t('approvals.sessions'), className: 'number', of: ({ sessions }) => sessions },
                { name: t('field.reason'), of: ({ reason }) => reason },
                { name: t('revocations.column.by'), of: ({ requestedBy }) => <Actor of={requestedBy} /> },
                {
                  name: t('approvals.decision'),
                  of: (approval) => (
                    <Decision
                      of={approval}
                      mayApprove={mayApprove}
                      mayReject={mayApprove || (mayReject && approval.requestedBy === actor)}
                      isOwn={approval.requestedBy === actor}
                      done={approvals.reload}
                    />
                  ),
                },
              ]}
            />
          )
        }
      </Shown>
    </Page>
  );
}

function Decision({
  of: approval,
  mayApprove,
  mayReject,
  isOwn,
  done,
}: {
  of: Approval;
  mayApprove: boolean;
  mayReject: boolean;
  isOwn: boolean;
  done: () => void;
}) {
  const { revocationId, state, target, sessions, reason, expiresAt, decidedBy, decisionReason } = approval;
  const values = { kind: word('kind', target.kind), id: target.id };
  const decide = (what: 'approve' | 'reject') => (fields: Readonly<Record<string, string>>) =>
    api(`/v1/approvals/${revocationId}/${what}`, { method: 'POST', body: whyOf(fields) });
  if (state !== 'pending')
    return (
      <span className="tags">
        <span className={`tag ${TONES[state]}`}>{t(`approvals.state.${state}`)}</span>
        {decidedBy && state !== 'expired' && <Actor of={decidedBy} />}
        {decisionReason && <span>{decisionReason}</span>}
        {state === 'approved' && (
          <To page="revocations" id={revocationId}>
            {t('kill.follow')}
          </To>
        )}
      </span>
    );
  return (
    <span className="tags">
      <Left until={expiresAt} />
      {mayApprove && isOwn && <span className="faint">{t('approvals.own')}</span>}
      {mayApprove && !isOwn && (
        <Confirmed
          action={t('approvals.approve')}
          title={t('approvals.approve.title', values)}
          hint={t('approvals.approve.hint', { n: sessions, reason })}
          look="danger"
          act={decide('approve')}
          done={done}
        >
          <Why />
        </Confirmed>
      )}
      {mayReject && (
        <Confirmed
          action={t('approvals.reject')}
          title={t('approvals.reject.title', values)}
          hint={t('approvals.reject.hint')}
          act={decide('reject')}
          done={done}
        >
          <Why />
        </Confirmed>
      )}
    </span>
  );
}

function Left({ until }: { until: string }) {
  const now = useNow(1_000);
  const s = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
  return <span className="tag waiting">{t('approvals.left', { min: Math.floor(s / 60), s: s % 60 })}</span>;
}

interface ApprovalRule {
  readonly aboveSessions: number | null;
  readonly tenantWide: boolean;
  readonly withinSeconds: number;
  /** Kept as it is. */
  readonly countedSeconds?: number | null;
}

function Rule() {
  const rule = useTagged<ApprovalRule>('/v1/approval-rule');
  const [said, setSaid] = useState<Outcome>();
  return (
    <details className="card">
      <summary>{t('approvals.rule')}</summary>
      <Shown of={rule}>
        {(data) => <RuleForm key={rule.etag} of={data} etag={rule.etag!} reload={rule.reload} say={setSaid} />}
      </Shown>
      <Said of={said} />
    </details>
  );
}

/** Anew with each version: what was typed was typed to the one before. */
function RuleForm({
  of,
  etag,
  reload,
  say,
}: {
  of: ApprovalRule;
  etag: string;
  reload: () => void;
  say: (said: Outcome) => void;
}) {
  const mayWrite = useMay('revocations:rule');
  const save = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const above = (fields.get('above') as string).trim();
    const body = {
      aboveSessions: above === '' ? null : Number(above),
      tenantWide: fields.has('tenantWide'),
      withinSeconds: Number(fields.get('within')) * 60,
      countedSeconds: of.countedSeconds ?? null,
    };
    try {
      await tagged('/v1/approval-rule', { method: 'PUT', body, headers: { 'if-match': etag } });
      say({ text: t('approvals.rule.saved'), bad: false });
      reload();
    } catch (error) {
      const conflict = (error as ApiError).status === 412;
      say({ text: conflict ? t('approvals.rule.changed') : refusalOf(error as ApiError), bad: true });
      if (conflict) reload();
    }
  };
  return (
    <>
      <form onSubmit={(event) => void save(event)}>
        <fieldset className="fields" disabled={!mayWrite}>
          <label>
            {t('approvals.rule.above')}
            <input
              name="above"
              type="number"
              min={0}
              max={1_000_000}
              placeholder={t('approvals.rule.above.none')}
              defaultValue={of.aboveSessions ?? ''}
            />
          </label>
          <label>
            {t('approvals.rule.within')}
            <input name="within" type="number" min={1} max={1_440} required defaultValue={of.withinSeconds / 60} />
          </label>
          <label className="choice">
            <input name="tenantWide" type="checkbox" defaultChecked={of.tenantWide} />
            {t('approvals.rule.tenant')}
          </label>
          {mayWrite && (
            <button type="submit" className="primary">
              {t('approvals.rule.save')}
            </button>
          )}
        </fieldset>
      </form>
      {!mayWrite && <p className="hint">{t('approvals.rule.hint')}</p>}
    </>
  );
}
