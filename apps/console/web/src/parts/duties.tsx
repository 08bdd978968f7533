import { useMay, useMe } from '../app/me';
import { api, type Page } from '../data/api';
import { referenceText, type Reference } from '../data/shifts';
import { useApi, usePages } from '../data/use';
import { t, when } from '../messages';
import { Actor } from './actor';
import { Listing, Time, To } from './basics';
import { Confirmed, Why, whyOf } from './confirmed';
import { PersonReference } from './staff';

const EVERY_MS = 5_000;
export const DUTY_STATES = ['planned', 'on', 'warned', 'ended'] as const;
const TONES = { planned: 'waiting', on: 'good', warned: 'fair', ended: '' } as const;

interface Extension {
  readonly until: string;
  readonly reason: string | null;
  readonly askedBy: string;
  readonly state: 'asked' | 'approved' | 'declined';
  readonly decidedBy: string | null;
  readonly decisionReason: string | null;
}

interface Duty {
  readonly dutyId: string;
  readonly shiftId: string;
  readonly subject: Reference;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly state: (typeof DUTY_STATES)[number];
  readonly next: { readonly step: 'start' | 'warn' | 'end'; readonly at: string } | null;
  readonly extension: Extension | null;
}

/** Who is on duty, will be, or was: one person at one time of a shift each; and who may stay on longer. */
export function Duties({ shiftId, state }: { shiftId?: string; state?: string }) {
  const query = new URLSearchParams({ ...(shiftId ? { shift: shiftId } : {}), ...(state ? { state } : {}) }).toString();
  const duties = usePages<Duty>(`/v1/duties${query ? `?${query}` : ''}`, EVERY_MS);
  const shifts = useApi<Page<{ shiftId: string; name: string }>>(shiftId ? undefined : '/v1/shifts');
  const names = new Map(shifts.data?.items.map((one) => [one.shiftId, one.name]));
  return (
    <Listing
      of={duties}
      empty={t('duties.empty')}
      hint={t('duties.empty.hint')}
      label={t('shifts.duties')}
      keyOf={({ dutyId }) => dutyId}
      columns={[
        { name: t('column.user'), of: ({ subject }) => <PersonReference of={subject} /> },
        ...(shiftId
          ? []
          : [
              {
                name: t('shifts.shift'),
                of: (duty: Duty) => (
                  <To page="shifts/of" id={duty.shiftId}>
                    {names.get(duty.shiftId) ?? duty.shiftId}
                  </To>
                ),
              },
            ]),
        { name: t('shifts.start'), of: ({ startsAt }) => <Time at={startsAt} /> },
        { name: t('duties.ends'), of: ({ endsAt }) => <Time at={endsAt} /> },
        {
          name: t('column.status'),
          of: ({ state: is }) => <span className={`tag ${TONES[is]}`}>{t(`duties.state.${is}`)}</span>,
        },
        { name: t('duties.extension'), of: (duty) => <Extending of={duty} done={duties.reload} /> },
      ]}
    />
  );
}

function Extending({ of: duty, done }: { of: Duty; done: () => void }) {
  const { dutyId, extension, subject, endsAt, state } = duty;
  const mayAsk = useMay('shifts:write');
  const mayDecide = useMay('shifts:approve');
  const { actor } = useMe();
  const path = `/v1/duties/${dutyId}/extension`;
  const person = referenceText(subject);
  const decide = (what: 'approve' | 'decline') => (fields: Readonly<Record<string, string>>) =>
    api(`${path}/${what}`, { method: 'POST', body: whyOf(fields) });
  const isAsked = extension?.state === 'asked';
  return (
    <span className="tags">
      {extension && (
        <span>
          {t(`duties.extension.${extension.state}`, { until: when(extension.until) })}
          {extension.reason && `: ${extension.reason}`} <Actor of={extension.decidedBy ?? extension.askedBy} />
          {extension.decisionReason && `: ${extension.decisionReason}`}
        </span>
      )}
      {mayDecide && isAsked && extension.askedBy !== actor && state !== 'ended' && (
        <>
          <Confirmed
            action={t('approvals.approve')}
            title={t('duties.approve.title', { person })}
            hint={t('duties.approve.hint', { until: when(extension.until) })}
            isSafe
            act={decide('approve')}
            done={done}
          >
            <Why />
          </Confirmed>
          <Confirmed
            action={t('duties.decline')}
            title={t('duties.decline.title', { person })}
            hint={t('duties.decline.hint', { at: when(endsAt) })}
            act={decide('decline')}
            done={done}
          >
            <Why />
          </Confirmed>
        </>
      )}
      {mayAsk && !isAsked && state !== 'ended' && (
        <Confirmed
          action={t('duties.extend')}
          title={t('duties.extend.title', { person })}
          hint={t('duties.extend.hint', { at: when(endsAt) })}
          isSafe
          act={({ until, ...fields }) =>
            api(path, { method: 'PUT', body: { until: new Date(until!).toISOString(), ...whyOf(fields) } })
          }
          done={done}
        >
          <label className="field">
            {t('duties.until')}
            <input name="until" type="datetime-local" required />
          </label>
          <Why />
        </Confirmed>
      )}
    </span>
  );
}
