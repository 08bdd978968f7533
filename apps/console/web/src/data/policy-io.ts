import { api, ApiError, tagged, type Page } from './api';
import { draftOfDefault, draftOfOverride, type DefaultDocument, type Draft, type Override } from './policy';

/** A policy as it was read, and the version a save is made to. */
export interface Base {
  readonly draft: Draft;
  readonly etag: string;
  readonly exists: boolean;
  /** Of the default alone. */
  readonly document: DefaultDocument | undefined;
}

export const pathOf = (policy: string): string => {
  if (policy === 'default') return '/v1/policies/default';
  const at = policy.indexOf(':');
  return `/v1/policies/overrides/${policy.slice(0, at)}/${encodeURIComponent(policy.slice(at + 1))}`;
};

export async function readPolicy(policy: string): Promise<Base> {
  try {
    if (policy === 'default') {
      const { data, etag } = await tagged<DefaultDocument>(pathOf(policy));
      return { draft: draftOfDefault(data), etag: etag!, exists: true, document: data };
    }
    const { data, etag } = await tagged<Override>(pathOf(policy));
    return { draft: draftOfOverride(data), etag: etag!, exists: true, document: undefined };
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    // None, or one that was removed: of whoever else makes it meanwhile a save is not to be lost.
    const path = `/v1/policies/history?policy=${encodeURIComponent(policy)}`;
    const { items } = await api<Page<{ version: number }>>(path);
    const etag = `"${items[0]?.version ?? 0}"`;
    return { draft: draftOfOverride(undefined), etag, exists: false, document: undefined };
  }
}
