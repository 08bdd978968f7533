import { shownAs, type Change, type Preview } from '../data/policy';
import { t } from '../messages';
import { Table } from './basics';

const OUTCOMES = ['ended', 'evicted', 'changed', 'marked'] as const;

/** What differs, each with what was and what will be. */
export const Diff = ({ changes }: { changes: readonly Change[] }) => (
  <Table
    label={t('policies.changes')}
    rows={changes}
    keyOf={({ field }) => field}
    columns={[
      { name: t('policies.diff.field'), of: ({ field }) => <code>{field}</code> },
      { name: t('policies.diff.from'), of: ({ field, from }) => (from === undefined ? '' : shownAs(field, from)) },
      { name: t('policies.diff.to'), of: ({ field, to }) => (to === undefined ? '' : shownAs(field, to)) },
      {
        name: t('policies.diff.direction'),
        of: ({ direction }) =>
          direction && (
            <span className={`tag ${direction === 'loosens' ? 'fair' : 'good'}`}>{t(`policies.${direction}`)}</span>
          ),
      },
    ]}
  />
);

/** What a save would do, counted by what would enforce it. */
export function PreviewOf({ of }: { of: Preview }) {
  const { counts, changes, looser } = of;
  const touched = OUTCOMES.filter((outcome) => counts[outcome] > 0);
  if (changes.length === 0) return <p>{t('policies.preview.none')}</p>;
  return (
    <>
      <Diff changes={changes} />
      {looser.length > 0 && (
        <p className="note bad" role="alert">
          {t('policies.looser', { fields: looser.join(', ') })}
        </p>
      )}
      <ul className="outcomes">
        {touched.map((outcome) => (
          <li key={outcome}>{t(`policies.preview.${outcome}`, { n: counts[outcome] })}</li>
        ))}
        {touched.length === 0 && <li>{t('policies.preview.quiet')}</li>}
      </ul>
    </>
  );
}
