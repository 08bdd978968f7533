/** What is shown this once and never again. */
export const Once = ({ said, secret }: { said: string; secret: string | undefined }) =>
  secret === undefined ? null : (
    <p className="note good" role="status">
      {said} <code>{secret}</code>
    </p>
  );
