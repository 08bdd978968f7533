import { useState, type FormEvent, type ReactNode } from 'react';
import type { ApiError } from '../data/api';
import { refusalOf } from '../messages/refusal';

/** A form that opens under its title. What `send` is refused with is shown below it; `done` follows a success. */
export function FormCard({
  title,
  action,
  send,
  done,
  children,
  said,
}: {
  title: string;
  action: string;
  send: (fields: Readonly<Record<string, string>>, form: HTMLFormElement) => Promise<void>;
  done: () => void;
  children: ReactNode;
  said?: ReactNode;
}) {
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    try {
      await send(Object.fromEntries(new FormData(form)) as Record<string, string>, form);
      setError(undefined);
      done();
    } catch (failure) {
      setError(refusalOf(failure as ApiError));
    }
  };
  return (
    <details className="card">
      <summary>{title}</summary>
      <form className="fields" onSubmit={(event) => void submit(event)}>
        {children}
        <button type="submit" className="primary">
          {action}
        </button>
      </form>
      {error && (
        <p className="note bad" role="alert">
          {error}
        </p>
      )}
      {said}
    </details>
  );
}
