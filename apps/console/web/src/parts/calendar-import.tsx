import { useState } from 'react';
import { api } from '../data/api';
import { t } from '../messages';
import { FormCard } from './form-card';

interface Imported {
  readonly shifts: readonly unknown[];
  readonly cancelled: readonly string[];
}

/** The roster of another system, from an iCalendar file: all of it or nothing. */
export function CalendarImport({ done }: { done: () => void }) {
  const [imported, setImported] = useState<Imported>();
  return (
    <FormCard
      title={t('shifts.import')}
      action={t('shifts.import.act')}
      send={async ({ zone, ward }, form) => {
        setImported(undefined);
        const calendar = await (form.elements.namedItem('file') as HTMLInputElement).files![0]!.text();
        const body = { calendar, ...(zone ? { zone } : {}), ...(ward ? { ward } : {}) };
        setImported(await api<Imported>('/v1/shifts/import', { method: 'POST', body }));
        form.reset();
      }}
      done={done}
      said={
        imported && (
          <p className="note good" role="status">
            {t('shifts.import.done', { n: imported.shifts.length, cancelled: imported.cancelled.length })}
          </p>
        )
      }
    >
      <label>
        {t('shifts.import.file')}
        <input name="file" type="file" accept=".ics,text/calendar" required />
      </label>
      <label>
        {t('shifts.import.zone')}
        <input name="zone" maxLength={64} placeholder="Europe/Berlin" autoComplete="off" />
      </label>
      <label>
        {t('shifts.import.ward')}
        <input name="ward" maxLength={128} autoComplete="off" />
      </label>
    </FormCard>
  );
}
