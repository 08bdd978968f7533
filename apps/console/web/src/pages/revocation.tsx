import { Link } from 'wouter';
import { useMay } from '../app/me';
import { useTargetName } from '../data/live';
import type { Chain } from '../data/types';
import { t, word } from '../messages';
import { Actor } from '../parts/actor';
import { Details, Failed, Loading, Page } from '../parts/basics';
import { ResidualExposure } from '../parts/residual-exposure';
import { Answers, Deadline, Timeline, useChain } from '../parts/revocation-progress';
import { TargetName } from '../parts/target-name';

export function RevocationPage({ id }: { id: string }) {
  const { data: chain, error, reload } = useChain(id);
  if (error && !chain)
    return (
      <Page title={t('nav.revocations')}>
        <Failed error={error} retry={reload} />
      </Page>
    );
  if (!chain)
    return (
      <Page title={t('nav.revocations')}>
        <Loading />
      </Page>
    );
  return <Chained chain={chain} reload={reload} />;
}

function Chained({ chain, reload }: { chain: Chain; reload: () => void }) {
  const { target, state } = chain;
  const name = useTargetName(target);
  const mayAudit = useMay('audit:read');
  return (
    <Page
      title={t('revocation.title', { kind: word('kind', target.kind), id: name })}
      actions={
        mayAudit && (
          <Link className="button" href={`/audit?correlationId=${encodeURIComponent(chain.correlationId)}`}>
            {t('revocation.audit')}
          </Link>
        )
      }
    >
      <Details
        of={[
          [
            t('revocations.column.state'),
            <span className={`tag ${state === 'settled' ? 'good' : 'waiting'}`}>{word('state', state)}</span>,
          ],
          [t('revocation.deadline'), <Deadline at={chain.deadlineAt} settled={state === 'settled'} />],
          [t('revocations.column.target'), <TargetName of={target} />],
          [t('revocations.column.reason'), chain.reason],
          [t('revocations.column.by'), <Actor of={chain.requestedBy} />],
          [
            t('field.signal'),
            chain.signalId && (
              <span title={chain.signalId}>
                {(chain.signal?.type as string | undefined) ?? chain.signalId.slice(0, 8)}
              </span>
            ),
          ],
        ]}
      />
      <h2>{t('revocation.timeline')}</h2>
      <Timeline chain={chain} />
      <Answers chain={chain} reload={reload} />
      <ResidualExposure chain={chain} />
    </Page>
  );
}
