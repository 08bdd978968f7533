import { useState } from 'react';
import { durationOf, durationText, shown, type Field, type Value } from '../data/policy';
import { t } from '../messages';

const textOf = ({ kind }: Field, value: Value): string =>
  value === null || value === undefined ? '' : kind === 'seconds' ? durationText(value as number) : shown(value);

/** Undefined: it can not be read. */
function valueOf({ kind }: Field, text: string): Value {
  if (kind === 'words')
    return text
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean);
  if (kind === 'seconds') return durationOf(text);
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** One field's value. What can not be read stays as it was typed, is said to be wrong, and is handed on as `NaN`. */
export function PolicyField({
  field,
  value,
  disabled,
  put,
}: {
  field: Field;
  value: Value;
  disabled: boolean;
  put: (value: Value) => void;
}) {
  const { name, kind, choices, nullable } = field;
  const [typed, setTyped] = useState<string>();
  const wrong = typeof value === 'number' && Number.isNaN(value);
  if (kind === 'flag')
    return (
      <input
        type="checkbox"
        aria-label={name}
        checked={value === true}
        disabled={disabled}
        onChange={(event) => put(event.target.checked)}
      />
    );
  if (kind === 'choice')
    return (
      <select aria-label={name} value={String(value)} disabled={disabled} onChange={(event) => put(event.target.value)}>
        {choices!.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  return (
    <span className="policy-value">
      <input
        aria-label={name}
        aria-invalid={wrong}
        disabled={disabled || value === null}
        value={value === null ? '' : wrong ? (typed ?? '') : (typed ?? textOf(field, value))}
        placeholder={value === null ? t('policies.off') : kind === 'words' ? t('policies.words.hint') : ''}
        onChange={(event) => {
          setTyped(event.target.value);
          put(valueOf(field, event.target.value) ?? NaN);
        }}
        onBlur={() => !wrong && setTyped(undefined)}
      />
      {nullable && (
        <label className="choice">
          <input
            type="checkbox"
            aria-label={`${name}: ${t('policies.off')}`}
            checked={value === null}
            disabled={disabled}
            onChange={(event) => {
              setTyped(undefined);
              put(event.target.checked ? null : kind === 'seconds' ? 3_600 : 3);
            }}
          />
          {t('policies.off')}
        </label>
      )}
      {wrong && <span className="bad-text">{t('policies.invalid')}</span>}
    </span>
  );
}
