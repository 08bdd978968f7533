import { Link, useLocation } from 'wouter';
import { t, type MessageKey } from '../messages';

/** The pages of one matter; which is shown stands in the address, the longest path first. */
export function Tabs({ label, of }: { label: MessageKey; of: readonly (readonly [string, MessageKey])[] }) {
  const [location] = useLocation();
  const [here] = [...of].reverse().find(([path]) => location.startsWith(path))!;
  return (
    <nav className="tabs" aria-label={t(label)}>
      {of.map(([path, name]) => (
        <Link key={path} href={path} aria-current={path === here ? 'page' : undefined}>
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
