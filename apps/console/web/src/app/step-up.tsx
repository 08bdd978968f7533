import { useEffect, useRef, useState } from 'react';
import { api, onStepUp, type ApiError } from '../data/api';
import { t } from '../messages';
import { refusalOf } from '../messages/refusal';
import { signInRefusalOf } from './sign-in';

/** Windows of this console speak here: the one that came back from the provider to the one that waits for it. */
const CHANNEL = 'curfew.confirmed';

interface Outcome {
  readonly refused: string | null;
}

/**
 * Asks for a fresh sign-in when a service wants one, in a window of its own, so that what was typed here stays; what was
 * asked for is then repeated. A window takes a click, or browsers would not open it.
 */
export function StepUp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const waiting = useRef<((confirmed: boolean) => void)[]>([]);
  const [said, setSaid] = useState<string>();
  const [open, setOpen] = useState(false);
  const settle = (confirmed: boolean): void => {
    dialog.current?.close();
    for (const answer of waiting.current.splice(0)) answer(confirmed);
  };
  useEffect(() => {
    onStepUp(
      () =>
        new Promise((resolve) => {
          waiting.current.push(resolve);
          setSaid(undefined);
          setOpen(false);
          if (!dialog.current!.open) dialog.current!.showModal();
        }),
    );
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data: { refused } }: MessageEvent<Outcome>) => {
      setOpen(false);
      if (refused === null) settle(true);
      else setSaid(t('stepUp.refused', { reason: signInRefusalOf(refused) }));
    };
    return () => channel.close();
  }, []);

  const confirm = async (): Promise<void> => {
    // Opened within the click, and led on when it is known where to.
    const other = window.open('about:blank', '_blank', 'popup,width=520,height=720');
    if (!other) return setSaid(t('stepUp.blocked'));
    setSaid(undefined);
    setOpen(true);
    try {
      const { url } = await api<{ url: string }>('/confirm', { method: 'POST', body: {} });
      other.location.replace(url);
    } catch (error) {
      other.close();
      setOpen(false);
      setSaid(refusalOf(error as ApiError));
    }
  };
  return (
    <dialog ref={dialog} className="kill" aria-labelledby="step-up-title" onClose={() => settle(false)}>
      <h2 id="step-up-title">{t('stepUp.title')}</h2>
      <p>{t('stepUp.hint')}</p>
      {open && <p role="status">{t('stepUp.waiting')}</p>}
      {said && (
        <p className="note bad" role="alert">
          {said}
        </p>
      )}
      <div className="actions">
        <button type="button" onClick={() => settle(false)}>
          {t('kill.cancel')}
        </button>
        <button type="button" className="primary" onClick={() => void confirm()}>
          {t('stepUp.open')}
        </button>
      </div>
    </dialog>
  );
}

/** Where the provider leads back to: it tells the window that waits, and goes. */
export function Confirmed() {
  const refused = new URLSearchParams(location.search).get('refused');
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage({ refused } satisfies Outcome);
    channel.close();
    if (refused === null) window.close();
  }, []);
  return (
    <main className="alone">
      <p className="card" role="status">
        {refused === null ? t('stepUp.done') : t('stepUp.refused', { reason: signInRefusalOf(refused) })}
      </p>
    </main>
  );
}
