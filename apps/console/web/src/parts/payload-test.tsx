import { useState } from 'react';
import { api } from '../data/api';
import { t } from '../messages';
import { FormCard } from './form-card';

/** Maps a payload and shows what it would be, without acting. */
export function PayloadTest() {
  const [result, setResult] = useState<unknown>();
  return (
    <FormCard
      title={t('payload.title')}
      action={t('payload.test')}
      send={async ({ mapping, payload }) => {
        setResult(undefined);
        setResult(await api('/v1/signals/test', { method: 'POST', body: { mapping, payload: read(payload!) } }));
      }}
      done={() => undefined}
      said={
        result !== undefined && (
          <div role="status">
            <p className="hint">{t('payload.hint')}</p>
            <pre>{JSON.stringify(result, null, 1)}</pre>
          </div>
        )
      }
    >
      <label>
        {t('sources.mapping')}
        <input name="mapping" required list="mappings" defaultValue="generic" />
      </label>
      <label>
        {t('payload.payload')}
        <textarea name="payload" required rows={6} spellCheck={false} />
      </label>
    </FormCard>
  );
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(t('payload.noJson'));
  }
}
