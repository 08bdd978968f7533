import { useState } from 'react';
import { api, type ApiError } from '../data/api';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';

interface Answer {
  readonly outcome: 'accepted' | 'refused' | 'failed' | 'unreachable';
  readonly status: number | null;
  readonly receipt: string;
  readonly detail: string | null;
  readonly tookMs: number;
}

/** Whether the application answers, and how. */
export function EndpointTest({ id }: { id: string }) {
  const [said, setSaid] = useState<{ text: string; good: boolean }>();
  const test = async (): Promise<void> => {
    setSaid(undefined);
    try {
      const path = `/v1/applications/${encodeURIComponent(id)}/test`;
      const { outcome, status, detail, tookMs } = await api<Answer>(path, { method: 'POST', body: {} });
      const text =
        status === null
          ? t('application.test.unreachable', { detail: detail ?? '' })
          : t('application.test.accepted', { status: String(status), ms: String(tookMs) });
      setSaid({ text, good: outcome === 'accepted' });
    } catch (error) {
      setSaid({ text: refusalOf(error as ApiError), good: false });
    }
  };
  return (
    <p>
      <button type="button" title={t('application.test.hint')} onClick={() => void test()}>
        {t('application.test')}
      </button>{' '}
      <span role="status">{said && <span className={`tag ${said.good ? 'good' : 'bad'}`}>{said.text}</span>}</span>
    </p>
  );
}
