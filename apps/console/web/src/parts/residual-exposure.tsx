import { useMay } from '../app/me';
import type { Page } from '../data/api';
import { durationText, type DefaultDocument, type Override } from '../data/policy';
import type { Chain } from '../data/types';
import { useApi, useNow } from '../data/use';
import { t } from '../messages';
import { Table } from './basics';
import { ApplicationLink } from './target-name';

const SECOND_MS = 1_000;

/**
 * N-10: a token that is not asked about is good until it runs out, so that long after the barrier it can not matter any
 * more. What tokens live for is policy's; of several that apply the shortest holds.
 */
export function ResidualExposure({ chain }: { chain: Chain }) {
  const may = useMay('policies:read');
  const organisation = useApi<DefaultDocument>(may ? '/v1/policies/default' : undefined).data;
  const overrides = useApi<Page<Override>>(may ? '/v1/policies/overrides' : undefined).data?.items;
  const now = useNow(SECOND_MS);
  const clientIds = [...new Set(chain.sessions.map(({ clientId }) => clientId))].sort();
  if (!organisation || !overrides || clientIds.length === 0) return null;
  const lifeOf = (clientId: string): number => {
    const own = overrides.find(({ layer, id, expired }) => layer === 'application' && id === clientId && !expired);
    const seconds = own?.values.accessTokenSeconds as number | undefined;
    const usual = organisation.accessTokenSeconds as number;
    if (seconds === undefined) return usual;
    return own!.exact.includes('accessTokenSeconds') ? seconds : Math.min(seconds, usual);
  };
  const since = Date.parse(chain.timeline.inForceAt);
  return (
    <section>
      <h3>{t('residual.title')}</h3>
      <p className="hint">{t('residual.hint')}</p>
      <Table
        label={t('residual.title')}
        rows={clientIds}
        keyOf={(clientId) => clientId}
        columns={[
          { name: t('column.application'), of: (clientId) => <ApplicationLink id={clientId} /> },
          { name: t('residual.most'), of: (clientId) => durationText(lifeOf(clientId)) },
          {
            name: t('residual.left'),
            of: (clientId) => {
              const left = Math.ceil((since + lifeOf(clientId) * 1000 - now) / 1000);
              return left > 0 ? (
                <span className="countdown">{durationText(left)}</span>
              ) : (
                <span className="tag good">{t('residual.over')}</span>
              );
            },
          },
        ]}
      />
    </section>
  );
}
