import { t, word } from '../messages';
import { Details, Failed, Loading, Page, To } from '../parts/basics';
import { ResidualExposure } from '../parts/residual-exposure';
import { Answers, Deadline, Timeline, useChain } from '../parts/revocation-progress';

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
  const { target, state } = chain;
  const page = (
    { subject: 'people', device: 'devices', application: 'applications', session: 'sessions' } as Record<string, string>
  )[target.kind];
  return (
    <Page title={t('revocation.title', { kind: word('kind', target.kind), id: target.id })}>
      <Details
        of={[
          [
            t('revocations.column.state'),
            <span className={`tag ${state === 'settled' ? 'good' : 'waiting'}`}>{word('state', state)}</span>,
          ],
          [t('revocation.deadline'), <Deadline at={chain.deadlineAt} settled={state === 'settled'} />],
          [t('revocations.column.target'), page ? <To page={page} id={target.id} /> : target.id],
          [t('revocations.column.reason'), chain.reason],
          [t('revocations.column.by'), chain.requestedBy],
          [t('nav.signals'), chain.signalId && <code>{chain.signalId}</code>],
        ]}
      />
      <h2>{t('revocation.timeline')}</h2>
      <Timeline chain={chain} />
      <Answers chain={chain} reload={reload} />
      <ResidualExposure chain={chain} />
    </Page>
  );
}
