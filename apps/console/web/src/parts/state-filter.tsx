import { useLocation, useSearch } from 'wouter';
import { t } from '../messages';

/** Of these states the one that stands in the address. */
export function useStateIn<T extends string>(states: readonly T[]): T | undefined {
  const asked = new URLSearchParams(useSearch()).get('state');
  return states.find((one) => one === asked);
}

export function StateFilter<T extends string>({
  path,
  states,
  nameOf,
}: {
  path: string;
  states: readonly T[];
  nameOf: (state: T) => string;
}) {
  const state = useStateIn(states);
  const [, go] = useLocation();
  return (
    <div className="bar">
      <label className="inline">
        {t('list.show')}
        <select
          value={state ?? ''}
          onChange={({ target: { value } }) => go(value ? `${path}?state=${value}` : path, { replace: true })}
        >
          <option value="">{t('list.all')}</option>
          {states.map((one) => (
            <option key={one} value={one}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
