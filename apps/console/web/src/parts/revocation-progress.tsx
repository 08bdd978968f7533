import { useState } from 'react';
import { useMay } from '../app/me';
import { api } from '../data/api';
import type { Chain, ChainSession, Delivery } from '../data/types';
import { useApi, useNow } from '../data/use';
import { t, when, word } from '../messages';
import { Shown, Table, To } from './basics';
import { ApplicationLink } from './target-name';

const WATCH_MS = 400;

export const isOpen = ({ state, sessions }: Chain): boolean =>
  state !== 'settled' || sessions.some(({ delivery }) => delivery?.state === 'planned');

/** Watched until it is settled and nothing is on its way any more. */
export const useChain = (id: string) => useApi<Chain>(`/v1/revocations/${id}`, WATCH_MS, isOpen);

export function RevocationProgress({ id }: { id: string }) {
  const chain = useChain(id);
  return (
    <Shown of={chain}>
      {(data) => (
        <>
          <Timeline chain={data} />
          <Answers chain={data} reload={chain.reload} />
        </>
      )}
    </Shown>
  );
}

export function Timeline({ chain }: { chain: Chain }) {
  const { timeline, signal } = chain;
  const began = Date.parse((signal?.receivedAt as string | undefined) ?? timeline.requestedAt);
  const steps: readonly (readonly [string, string | null | undefined])[] = [
    ...(signal
      ? [[t('revocation.step.signal'), (signal.receivedAt as string | undefined) ?? timeline.requestedAt] as const]
      : []),
    [t('revocation.step.requested'), timeline.requestedAt],
    [t('revocation.step.barrier'), timeline.inForceAt],
    [t('revocation.step.resolved', { n: chain.ended + chain.alreadyEnded }), timeline.resolvedAt],
    [t('revocation.step.settled'), timeline.settledAt],
  ];
  return (
    <ol className="timeline" aria-label={t('revocation.timeline')}>
      {steps.map(([name, at]) => (
        <li key={name} className={at ? 'done' : 'open'}>
          <span className="step">{name}</span>
          <span className="faint">
            {at ? (
              <time dateTime={at} title={when(at)}>
                +{Math.max(0, Date.parse(at) - began)} ms
              </time>
            ) : (
              t('revocation.pending')
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function Deadline({ at, settled }: { at: string; settled: boolean }) {
  const now = useNow(settled ? 60_000 : 250);
  if (settled) return <>{when(at)}</>;
  const left = Math.ceil((Date.parse(at) - now) / 1000);
  return left > 0 ? (
    <span className="countdown">{t('revocation.deadline.left', { s: left })}</span>
  ) : (
    <span className="tag bad">{t('revocation.deadline.over')}</span>
  );
}

const toneOf = (delivery: Delivery | null): string =>
  delivery === null || delivery.state === 'planned'
    ? 'waiting'
    : delivery.state === 'confirmed'
      ? 'good'
      : delivery.state === 'accepted'
        ? 'fair'
        : 'bad';

const answerMs = ({ plannedAt, attempts }: Delivery): string | undefined => {
  const last = attempts[attempts.length - 1];
  return last ? `${Math.max(0, Date.parse(last.finishedAt) - Date.parse(plannedAt))} ms` : undefined;
};

/** Breached ones first. */
const byUrgency = (a: ChainSession, b: ChainSession): number =>
  Number(b.delivery?.breachedAt != null) - Number(a.delivery?.breachedAt != null);

export function Answers({ chain, reload }: { chain: Chain; reload: () => void }) {
  const mayResend = useMay('deliveries:redeliver');
  const [resent, setResent] = useState<ReadonlySet<string>>(new Set());
  const resend = async (id: string): Promise<void> => {
    await api('/v1/deliveries/redeliver', { method: 'POST', body: { ids: [id] } });
    setResent(new Set([...resent, id]));
    reload();
  };
  if (chain.sessions.length === 0) return null;
  return (
    <section>
      <h3>{t('revocation.applications')}</h3>
      {chain.sessions.some(({ delivery }) => delivery?.state === 'accepted') && (
        <p className="note">{t('revocation.accepted.note')}</p>
      )}
      <Table
        label={t('revocation.applications')}
        rows={[...chain.sessions].sort(byUrgency)}
        keyOf={({ id }) => id}
        columns={[
          { name: t('column.application'), of: ({ clientId }) => <ApplicationLink id={clientId} /> },
          { name: t('column.user'), of: ({ subject }) => <To page="people" id={subject} /> },
          {
            name: t('column.status'),
            of: ({ delivery }) => (
              <span className="tags">
                <span className={`tag ${toneOf(delivery)}`}>
                  {delivery ? word('delivery', delivery.state) : t('delivery.waiting')}
                </span>
                {delivery?.breachedAt && <span className="tag bad">{t('delivery.breached')}</span>}
                {delivery?.disputed && <span className="tag bad">{t('delivery.disputed')}</span>}
              </span>
            ),
          },
          {
            name: t('revocations.column.took'),
            className: 'number',
            of: ({ delivery }) => delivery && answerMs(delivery),
          },
          {
            name: t('details'),
            of: ({ delivery }) => (
              <span className="faint">
                {delivery?.detail ??
                  (delivery && delivery.attempts.length > 1
                    ? t('delivery.attempts', { n: delivery.attempts.length })
                    : '')}
              </span>
            ),
          },
          {
            name: t('revocation.resend'),
            of: ({ delivery }) =>
              mayResend && delivery && delivery.state !== 'confirmed' ? (
                <button
                  type="button"
                  className="small"
                  disabled={resent.has(delivery.deliveryId)}
                  onClick={() => void resend(delivery.deliveryId)}
                >
                  {t(resent.has(delivery.deliveryId) ? 'revocation.resent' : 'revocation.resend')}
                </button>
              ) : null,
          },
        ]}
      />
    </section>
  );
}
