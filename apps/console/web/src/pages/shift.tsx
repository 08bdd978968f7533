import { useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../app/me';
import { isSaved, useUnsaved } from '../app/unsaved';
import { api, type ApiError } from '../data/api';
import { staffOf, staffText, type Shift } from '../data/shifts';
import { useApi } from '../data/use';
import { t, type MessageKey } from '../messages';
import { refusalOf } from '../messages/refusal';
import { Page, Shown } from '../parts/basics';
import { Confirmed } from '../parts/confirmed';
import { Duties } from '../parts/duties';
import { ShiftTabs, shiftHref } from '../parts/shift-tabs';
import { Said, type Outcome } from '../parts/said';

const pathOf = (id: string): string => `/v1/shifts/${encodeURIComponent(id)}`;

export function ShiftPage({ id }: { id: string }) {
  const shift = useApi<Shift>(pathOf(id));
  const [, go] = useLocation();
  const mayWrite = useMay('shifts:write');
  return (
    <Page
      title={shift.data?.name ?? t('shifts.shift')}
      actions={
        mayWrite &&
        shift.data && (
          <Confirmed
            action={t('shifts.remove')}
            title={t('shifts.remove.title', { name: shift.data.name })}
            hint={t('shifts.remove.hint')}
            act={() => api(pathOf(id), { method: 'DELETE' })}
            done={() => go('/shifts')}
          />
        )
      }
    >
      <ShiftTabs />
      <Shown of={shift}>{(data) => <ShiftForm key={id} of={data} isNew={false} />}</Shown>
      <h2>{t('shifts.duties')}</h2>
      <Duties shiftId={id} />
    </Page>
  );
}

export function NewShiftPage() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const none: Shift = {
    ...{ shiftId: '', name: '', ward: null, zone, start: '', end: '', recurrence: 'FREQ=DAILY' },
    ...{ extraStarts: [], exceptStarts: [], changes: [], staff: [], workstations: [], applications: [] },
    ...{ graceSeconds: 0, warnSeconds: 900, earlySeconds: 900 },
  };
  return (
    <Page title={t('shifts.new')}>
      <ShiftTabs />
      <ShiftForm of={none} isNew />
    </Page>
  );
}

const MINUTES = ['graceSeconds', 'warnSeconds', 'earlySeconds'] as const;
const LISTS = ['workstations', 'applications', 'exceptStarts', 'extraStarts'] as const;
/** What people say, and how RFC 5545 does. */
const REPEATS = ['', 'FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'FREQ=WEEKLY;BYDAY=SA,SU', 'FREQ=WEEKLY'];

const linesOf = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean);

/** Nothing of it takes effect before Save. */
function ShiftForm({ of, isNew }: { of: Shift; isNew: boolean }) {
  const mayWrite = useMay('shifts:write');
  const [, go] = useLocation();
  const [isChanged, setChanged] = useState(false);
  const [said, setSaid] = useState<Outcome>();
  useUnsaved(isChanged);
  const save = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const text = (name: string): string => (fields[name] ?? '').trim();
    const id = isNew ? text('shiftId') : of.shiftId;
    const body = {
      ...{ name: text('name'), zone: text('zone'), start: text('start'), end: text('end') },
      ...(text('ward') ? { ward: text('ward') } : {}),
      ...(text('recurrence') ? { recurrence: text('recurrence') } : {}),
      staff: staffOf(fields.staff!),
      changes: of.changes.map(sentChange),
      ...Object.fromEntries(LISTS.map((name) => [name, linesOf(fields[name]!)])),
      ...Object.fromEntries(MINUTES.map((name) => [name, Number(fields[name]) * 60])),
    };
    try {
      await api<Shift>(pathOf(id), { method: 'PUT', body });
      setChanged(false);
      setSaid({ text: t('shifts.saved'), bad: false });
      isSaved();
      if (isNew) go(shiftHref(id));
    } catch (error) {
      setSaid({ text: refusalOf(error as ApiError), bad: true });
    }
  };
  return (
    <form
      className="card"
      onSubmit={(event) => void save(event)}
      onChange={() => {
        setChanged(true);
        setSaid(undefined);
      }}
    >
      <fieldset className="fields" disabled={!mayWrite}>
        {isNew && (
          <label>
            {t('shifts.id')}
            <input
              name="shiftId"
              required
              maxLength={128}
              pattern="[A-Za-z0-9][A-Za-z0-9._@:+\-]*"
              autoComplete="off"
            />
          </label>
        )}
        <label>
          {t('shifts.name')}
          <input name="name" required maxLength={256} defaultValue={of.name} autoComplete="off" />
        </label>
        <label>
          {t('shifts.ward')}
          <input name="ward" maxLength={128} defaultValue={of.ward ?? ''} autoComplete="off" />
        </label>
        <label>
          {t('shifts.zone.of')}
          <input name="zone" required maxLength={64} defaultValue={of.zone} autoComplete="off" />
        </label>
        <label>
          {t('shifts.start')}
          <input name="start" type="datetime-local" required defaultValue={of.start.slice(0, 16)} />
        </label>
        <label>
          {t('shifts.end')}
          <input name="end" type="datetime-local" required defaultValue={of.end.slice(0, 16)} />
        </label>
        <label>
          {t('shifts.recurrence')}
          <input
            name="recurrence"
            maxLength={512}
            list="repeats"
            defaultValue={of.recurrence ?? ''}
            autoComplete="off"
          />
        </label>
        <datalist id="repeats">
          {REPEATS.map((rule, at) => (
            <option key={rule} value={rule} label={t(`shifts.repeats.${at}` as MessageKey)} />
          ))}
        </datalist>
        {MINUTES.map((name) => (
          <label key={name}>
            {t(`shifts.${name}`)}
            <input name={name} type="number" min={0} max={240} required defaultValue={of[name] / 60} step="any" />
          </label>
        ))}
        <label className="wide">
          {t('shifts.staff')}
          <textarea name="staff" rows={5} defaultValue={staffText(of.staff)} spellCheck={false} />
          <span className="hint">{t('shifts.staff.hint')}</span>
        </label>
        {LISTS.map((name) => (
          <label key={name}>
            {t(`shifts.${name}`)}
            <textarea name={name} rows={2} defaultValue={of[name].join('\n')} spellCheck={false} />
          </label>
        ))}
      </fieldset>
      {of.changes.length > 0 && <p className="hint">{t('shifts.changes', { n: of.changes.length })}</p>}
      {mayWrite && (
        <div className="actions end">
          <button type="submit" className="primary" disabled={!isChanged}>
            {t('shifts.save')}
          </button>
        </div>
      )}
      <Said of={said} />
    </form>
  );
}

/** As it may be sent: staff that is the shift's own is left out. */
const sentChange = (change: object): object =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null));
