import type { ReactNode } from 'react';

const MOST = 6;
/** All others together. */
const REST = '…';

/** Counts as bars of one scale, the largest first; what does not fit is one bar more. */
export function Bars({
  title,
  counts,
  labelOf = (key) => key,
}: {
  title: string;
  counts: Readonly<Record<string, number>>;
  labelOf?: (key: string) => ReactNode;
}) {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (entries.length === 0) return null;
  const most = entries[0]![1];
  const rest = entries.slice(MOST).reduce((sum, [, count]) => sum + count, 0);
  return (
    <section className="bars">
      <h4>{title}</h4>
      <ul>
        {[...entries.slice(0, MOST), ...(rest > 0 ? [[REST, rest] as const] : [])].map(([key, count]) => (
          <li key={key}>
            <span className="bar-label" title={key}>
              {key === REST ? key : labelOf(key)}
            </span>
            <meter min={0} max={Math.max(most, rest)} value={count} aria-hidden="true" />
            <span className="number">{count}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
