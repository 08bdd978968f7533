import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import type { ApiError } from '../data/api';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';

/** A button for what can not be taken back: it asks first, for what it has to know, and says what it was refused with. */
export function Confirmed({
  action,
  title,
  hint,
  act,
  done,
  children,
  look = 'small',
  isSafe = false,
}: {
  action: string;
  title: string;
  hint: string;
  act: (fields: Readonly<Record<string, string>>) => Promise<unknown>;
  done: () => void;
  /** Fields. */
  children?: ReactNode;
  look?: 'small' | 'danger';
  /** It ends nothing. */
  isSafe?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const confirm = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setBusy(true);
    try {
      await act(fields);
      setError(undefined);
      dialog.current?.close();
      done();
    } catch (failure) {
      setError(refusalOf(failure as ApiError));
    }
    setBusy(false);
  };
  return (
    <>
      <button
        type="button"
        className={look}
        aria-label={nameOf(action, title)}
        onClick={() => dialog.current?.showModal()}
      >
        {action}
      </button>
      <dialog ref={dialog} className="kill" aria-label={title} onClose={() => setError(undefined)}>
        <form onSubmit={(event) => void confirm(event)}>
          <h2>{title}</h2>
          <p>{hint}</p>
          {children}
          {error && (
            <p className="note bad" role="alert">
              {error}
            </p>
          )}
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              {t('kill.cancel')}
            </button>
            <button type="submit" className={isSafe ? 'primary' : 'danger'} disabled={busy}>
              {action}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

/** What is read aloud holds what is seen, or who speaks to the page can not name the button. */
const nameOf = (action: string, title: string): string =>
  title.toLowerCase().includes(action.toLowerCase()) ? title : `${action}: ${title}`;

/** A word of why, for whoever reads the trail. */
export const Why = () => (
  <label className="field">
    {t('approvals.reason')}
    <input name="reason" maxLength={1000} autoComplete="off" />
  </label>
);

/** As it is sent. */
export const whyOf = ({ reason = '' }: Readonly<Record<string, string>>): { reason?: string } =>
  reason.trim() ? { reason: reason.trim() } : {};
