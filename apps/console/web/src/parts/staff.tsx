import { referenceText, type Reference } from '../data/shifts';
import { t } from '../messages';
import { To } from './basics';

/** A person as the roster calls them; by an id of ours there is a page. */
export const PersonReference = ({ of }: { of: Reference }) =>
  of.id === undefined ? <>{referenceText(of)}</> : <To page="people" id={of.id} />;

export const Staff = ({ of }: { of: readonly Reference[] }) =>
  of.length === 0 ? (
    <p className="note bad">{t('shifts.nobody')}</p>
  ) : (
    <ul className="plain">
      {of.map((one) => (
        <li key={referenceText(one)}>
          <PersonReference of={one} />
        </li>
      ))}
    </ul>
  );
