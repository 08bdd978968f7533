import { createContext, useContext, type ReactNode } from 'react';
import { useMay } from '../app/me';
import type { Page } from '../data/api';
import { useApi } from '../data/use';
import { t, type MessageKey } from '../messages';
import { en } from '../messages/en';
import { To } from './basics';

const KeyNames = createContext<ReadonlyMap<string, string>>(new Map());

/** What the keys are called, for whoever may see them: read once for all pages. */
export function ActorNames({ children }: { children: ReactNode }) {
  const mayRead = useMay('api-keys:read');
  const keys = useApi<Page<{ keyId: string; name: string }>>(mayRead ? '/v1/api-keys' : undefined);
  const names = new Map(keys.data?.items.map(({ keyId, name }) => [keyId, name]));
  return <KeyNames.Provider value={names}>{children}</KeyNames.Provider>;
}

/** Who did something: a person, a key by its name, a service or a source. */
export function Actor({ of }: { of: string | null }) {
  const names = useContext(KeyNames);
  if (of === null) return <span className="faint">–</span>;
  const at = of.indexOf(':');
  const [kind, id] = [of.slice(0, at), of.slice(at + 1)];
  if (kind === 'person') return <To page="people" id={id} />;
  const name = kind === 'key' ? (names.get(id) ?? id.slice(0, 8)) : id;
  const label = `actor.${kind}`;
  return (
    <span className="faint" title={of}>
      {label in en ? t(label as MessageKey, { name }) : of}
    </span>
  );
}
