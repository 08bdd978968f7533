import { useState, type FormEvent } from 'react';
import { api, type ApiError } from '../data/api';
import { shown } from '../data/policy';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';
import { Details } from './basics';

const DEVICES = ['unknown', 'compliant', 'non-compliant', 'unmanaged'];

type Decision = Readonly<Record<string, unknown>> & { readonly decision: string };

/** What the saved sign-in policies would say to somebody. It reports no outcome, so it counts nothing. */
export function EvaluateAs() {
  const [decision, setDecision] = useState<Decision>();
  const [error, setError] = useState<string>();
  const ask = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const { risk, ...fields } = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const body = { ...fields, ...(risk ? { risk: Number(risk) } : {}) };
    try {
      setDecision(await api<Decision>('/v1/sign-in/evaluate', { method: 'POST', body }));
      setError(undefined);
    } catch (failure) {
      setDecision(undefined);
      setError(refusalOf(failure as ApiError));
    }
  };
  return (
    <section className="card">
      <h2>{t('evaluate.title')}</h2>
      <p className="hint">{t('evaluate.hint')}</p>
      <form className="fields" onSubmit={(event) => void ask(event)}>
        <label>
          {t('evaluate.subject')}
          <input name="subject" required autoComplete="off" />
        </label>
        <label>
          {t('evaluate.ip')}
          <input name="ip" required defaultValue="203.0.113.7" autoComplete="off" />
        </label>
        <label>
          {t('evaluate.device')}
          <select name="device">
            {DEVICES.map((device) => (
              <option key={device}>{device}</option>
            ))}
          </select>
        </label>
        <label>
          {t('evaluate.risk')}
          <input name="risk" type="number" min={0} max={100} />
        </label>
        <button type="submit">{t('evaluate.ask')}</button>
      </form>
      {error && (
        <p className="note bad" role="alert">
          {error}
        </p>
      )}
      {decision && (
        <div role="status" className="decision">
          <p>
            <span className={`tag ${decision.decision === 'ALLOW' ? 'good' : 'bad'}`}>{decision.decision}</span>{' '}
            {t('evaluate.by', { rule: shown(decision.ruleId ?? null), policy: shown(decision.policyId ?? null) })}
          </p>
          <Details
            of={Object.entries(decision)
              .filter(([name]) => !['decision', 'ruleId', 'policyId'].includes(name))
              .map(([name, value]) => [
                name,
                value === null ? null : typeof value === 'object' ? (
                  <pre>{JSON.stringify(value, null, 1)}</pre>
                ) : (
                  shown(value)
                ),
              ])}
          />
        </div>
      )}
    </section>
  );
}
