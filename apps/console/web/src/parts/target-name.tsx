import { useTargetName } from '../data/live';
import type { Target, TargetKind } from '../data/types';
import { word } from '../messages';
import { To } from './basics';

const PAGES: Partial<Record<TargetKind, string>> = {
  subject: 'people',
  device: 'devices',
  application: 'applications',
  session: 'sessions',
};

export function TargetName({ of }: { of: Target }) {
  const page = PAGES[of.kind];
  const name = useTargetName(of);
  return (
    <>
      {word('kind', of.kind)}{' '}
      <strong>
        {page ? (
          <To page={page} id={of.id}>
            {name}
          </To>
        ) : (
          name
        )}
      </strong>
    </>
  );
}

export const ApplicationLink = ({ id }: { id: string }) => (
  <To page="applications" id={id}>
    {useTargetName({ kind: 'application', id })}
  </To>
);

/** By the beginning of its id: nobody gave it a name. */
export const RevocationLink = ({ id }: { id: string }) => (
  <To page="revocations" id={id}>
    {id.slice(0, 8)}
  </To>
);
