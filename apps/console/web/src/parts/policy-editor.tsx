import { useEffect, useMemo, useState } from 'react';
import { useMay } from '../app/me';
import { useUnsaved } from '../app/unsaved';
import { api, tagged, type ApiError } from '../data/api';
import {
  documentOf,
  FIELDS,
  fieldsOf,
  isSame,
  shownAs,
  type DefaultDocument,
  type Draft,
  type Preview,
  type Value,
  type Values,
} from '../data/policy';
import { pathOf, readPolicy, type Base } from '../data/policy-io';
import { t, type MessageKey } from '../messages';
import { refusalOf } from '../messages/refusal';
import { Confirmed } from './confirmed';
import { Loading } from './basics';
import { PolicyField } from './policy-field';
import { PreviewOf } from './policy-preview';
import { Said, type Outcome } from './said';

const APPLY = ['tighten', 'immediate', 'next_session'] as const;
const PREVIEW_AFTER_MS = 300;

/** One policy, edited in place. Nothing takes effect before it is saved, and it is saved to the version that was read. */
export function PolicyEditor({
  policy,
  read,
  organisation,
  saved,
  removed,
}: {
  policy: string;
  read: Base;
  organisation: Values;
  saved: () => void;
  removed: () => void;
}) {
  const path = pathOf(policy);
  const mayWrite = useMay('policies:write');
  const [base, setBase] = useState(read);
  const [draft, setDraft] = useState(read.draft);
  const [apply, setApply] = useState<(typeof APPLY)[number]>('tighten');
  const [preview, setPreview] = useState<{ of: string; result: Preview }>();
  const [said, setSaid] = useState<Outcome>();
  const [theirs, setTheirs] = useState<Base>();
  const { document } = base;
  const isDefault = document !== undefined;
  const now = useMemo(() => documentOf(draft, document), [draft, document]);
  const isEdited = !isSame(now, documentOf(base.draft, document));
  const isChanged = isEdited || !base.exists;
  const isValid = FIELDS.every(({ name }) => !Number.isNaN(draft.values[name] as number));
  useUnsaved(isEdited);

  const applied = apply === 'tighten' ? {} : { apply };
  const asked = JSON.stringify({ policy, document: now, ...applied });
  useEffect(() => {
    if (!isValid) return;
    const over = new AbortController();
    const timer = setTimeout(() => {
      api<Preview>('/v1/policies/preview', { method: 'POST', body: JSON.parse(asked), signal: over.signal })
        .then((result) => setPreview({ of: asked, result }))
        .catch((error: ApiError) => !over.signal.aborted && setSaid({ text: refusalOf(error), bad: true }));
    }, PREVIEW_AFTER_MS);
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [asked, isValid, base.etag]);
  const shownPreview = preview?.of === asked ? preview.result : undefined;

  const change = (next: Partial<Draft>): void => {
    setSaid(undefined);
    setDraft({ ...draft, ...next });
  };
  const put = (name: string, value: Value): void => change({ values: { ...draft.values, [name]: value } });
  const save = async (): Promise<void> => {
    try {
      const { data, etag } = await tagged<{ version: number }>(path + (apply === 'tighten' ? '' : `?apply=${apply}`), {
        method: 'PUT',
        body: now,
        headers: { prefer: 'wait=5', 'if-match': base.etag },
      });
      setBase({ draft, etag: etag!, exists: true, document: document && (now as DefaultDocument) });
      setTheirs(undefined);
      setSaid({ text: t('policies.saved', { version: data.version }), bad: false });
      saved();
    } catch (error) {
      const failure = error as ApiError;
      if (failure.status === 412) setTheirs(await readPolicy(policy));
      else setSaid({ text: refusalOf(failure), bad: true });
    }
  };
  const take = (mine: Draft): void => {
    setBase(theirs!);
    setDraft(mine);
    setTheirs(undefined);
  };
  return (
    <section className="card policy" aria-label={policy}>
      <h2>{isDefault ? t('policies.default') : policy}</h2>
      <Reach of={shownPreview} values={draft.values} organisation={organisation} />
      <p className="hint">{t('policies.duration.hint')}</p>
      <div className="policy-fields">
        {fieldsOf(policy).map((field) => {
          const { name } = field;
          const own = draft.values[name];
          const overrides = isDefault || own !== undefined;
          return (
            <div key={name} className="policy-row" data-field={name}>
              {isDefault ? (
                <code>{name}</code>
              ) : (
                <label className="choice">
                  <input
                    type="checkbox"
                    aria-label={t('policies.override', { field: name })}
                    checked={overrides}
                    disabled={!mayWrite}
                    onChange={(event) => put(name, event.target.checked ? organisation[name] : undefined)}
                  />
                  <code>{name}</code>
                </label>
              )}
              {overrides ? (
                <PolicyField field={field} value={own} disabled={!mayWrite} put={(value) => put(name, value)} />
              ) : (
                <span className="faint">{shownAs(name, organisation[name])}</span>
              )}
              {!isDefault && (
                <span className={`tag ${overrides ? 'fair' : ''}`}>
                  {t(overrides ? 'policies.overrides' : 'policies.inherits')}
                </span>
              )}
              {!isDefault && own !== undefined && (
                <label className="choice exact">
                  <input
                    type="checkbox"
                    disabled={!mayWrite}
                    checked={draft.exact.includes(name)}
                    onChange={(event) =>
                      change({
                        exact: event.target.checked
                          ? [...draft.exact, name]
                          : draft.exact.filter((one) => one !== name),
                      })
                    }
                  />
                  {t('policies.exact')}
                </label>
              )}
            </div>
          );
        })}
      </div>
      {!isDefault && (
        <div className="fields">
          {(['reason', 'expiresAt'] as const).map((name) => (
            <label key={name}>
              {t(`policies.${name}`)}
              <input
                value={draft[name]}
                disabled={!mayWrite}
                onChange={(event) => change({ [name]: event.target.value })}
              />
            </label>
          ))}
          <label className="choice">
            <input
              type="checkbox"
              disabled={!mayWrite}
              checked={draft.privileged}
              onChange={(event) => change({ privileged: event.target.checked })}
            />
            {t('policies.privileged')}
          </label>
        </div>
      )}
      {mayWrite && (
        <>
          <h3>{t('policies.preview')}</h3>
          <div aria-live="polite">{shownPreview ? <PreviewOf of={shownPreview} /> : isValid && <Loading />}</div>
          {theirs && (
            <div className="note bad" role="alert">
              <p>{t('policies.conflict', { version: theirs.etag.replaceAll('"', '') })}</p>
              <div className="actions">
                <button type="button" onClick={() => take(theirs.draft)}>
                  {t('policies.conflict.load')}
                </button>
                <button type="button" onClick={() => take(draft)}>
                  {t('policies.conflict.rebase')}
                </button>
              </div>
            </div>
          )}
          <div className="actions">
            {!isDefault && base.exists && (
              <Confirmed
                action={t('policies.remove')}
                title={t('policies.remove.title', { id: policy })}
                hint={t('policies.remove.hint')}
                act={() => api(path, { method: 'DELETE', headers: { 'if-match': base.etag } })}
                done={() => {
                  saved();
                  removed();
                }}
              />
            )}
            <label className="apply">
              {t('policies.apply')}
              <select value={apply} onChange={(event) => setApply(event.target.value as typeof apply)}>
                {APPLY.map((one) => (
                  <option key={one} value={one}>
                    {t(`policies.apply.${one}` as MessageKey)}
                  </option>
                ))}
              </select>
            </label>
            <button type="button" disabled={!isChanged} onClick={() => setDraft(base.draft)}>
              {t('policies.discard')}
            </button>
            <button
              type="button"
              className="primary"
              disabled={!isChanged || !shownPreview || shownPreview.looser.length > 0}
              onClick={() => void save()}
            >
              {t('policies.save')}
            </button>
          </div>
        </>
      )}
      <Said of={said} />
    </section>
  );
}

/** Whom it reaches, in one line (OP-12). */
function Reach({ of, values, organisation }: { of: Preview | undefined; values: Values; organisation: Values }) {
  const cap = values.cap === undefined ? undefined : (values.cap as number | null);
  const over = (values.overCap ?? organisation.overCap) === 'block' ? 'blocks' : 'evicts';
  const parts = [
    ...(of
      ? [
          t('policies.reach.subjects', { n: of.counts.subjects }),
          t('policies.reach.sessions', { n: of.counts.sessions }),
        ]
      : []),
    ...(values.idleSeconds ? [t('policies.reach.all')] : []),
    ...(cap ? [t(`policies.reach.${over}`, { n: cap + 1 })] : []),
  ];
  return (
    <p className="reach" role="status">
      {parts.join(' · ')}
    </p>
  );
}
