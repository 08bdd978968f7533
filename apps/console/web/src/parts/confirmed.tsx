import { useRef, useState } from 'react';
import type { ApiError } from '../data/api';
import { t } from '../messages';

/** A button for what can not be taken back: it asks first, and says what it was refused with. */
export function Confirmed({
  action,
  title,
  hint,
  act,
  done,
}: {
  action: string;
  title: string;
  hint: string;
  act: () => Promise<unknown>;
  done: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<string>();
  const confirm = async (): Promise<void> => {
    try {
      await act();
      setError(undefined);
      dialog.current?.close();
      done();
    } catch (failure) {
      setError((failure as ApiError).message);
    }
  };
  return (
    <>
      <button type="button" className="small" aria-label={title} onClick={() => dialog.current?.showModal()}>
        {action}
      </button>
      <dialog ref={dialog} className="kill" aria-label={title}>
        <h2>{title}</h2>
        <p>{hint}</p>
        {error && (
          <p className="note bad" role="alert">
            {error}
          </p>
        )}
        <div className="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            {t('kill.cancel')}
          </button>
          <button type="button" className="danger" onClick={() => void confirm()}>
            {action}
          </button>
        </div>
      </dialog>
    </>
  );
}
