/** A refusal, by its stable code; `status` 0 when nobody answered. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail?: string,
    title?: string,
  ) {
    super([title, detail].filter(Boolean).join(': ') || code);
  }
}

const STEP_UP = 'step_up_required';

let signedOut: (reason: string) => void = () => undefined;
export const onSignedOut = (listener: (reason: string) => void): void => {
  signedOut = listener;
};

let stepUp: () => Promise<boolean> = () => Promise.resolve(false);
/** Has the person prove once more who they are; false: they would not. */
export const onStepUp = (ask: () => Promise<boolean>): void => {
  stepUp = ask;
};

interface Options {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** It runs by itself: no sign that somebody is there. */
  readonly background?: boolean;
  readonly signal?: AbortSignal;
}

/** What takes a fresh sign-in is asked for again after it, once. */
export async function tagged<T>(path: string, options?: Options): Promise<{ data: T; etag: string | undefined }> {
  try {
    return await send<T>(path, options);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === STEP_UP)) throw error;
    if (!(await stepUp())) throw error;
    return send<T>(path, options);
  }
}

export const api = async <T>(path: string, options?: Options): Promise<T> => (await tagged<T>(path, options)).data;

/** With the version it was read at, for the `If-Match` of a change. */
async function send<T>(
  path: string,
  { method = 'GET', body, headers, background, signal }: Options = {},
): Promise<{ data: T; etag: string | undefined }> {
  const response = await fetch(`/console/api${path}`, {
    method,
    headers: {
      'x-curfew-console': '1',
      ...(background ? { 'x-curfew-background': '1' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'offline');
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answer = (isJson && text ? JSON.parse(text) : {}) as T & { code?: string; detail?: string; title?: string };
  if (response.ok) return { data: answer, etag: response.headers.get('etag') ?? undefined };
  if (response.status === 401 && !path.startsWith('/sign-in')) signedOut(answer.detail ?? 'no_session');
  throw new ApiError(response.status, answer.code ?? 'unknown', answer.detail, answer.title);
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export const withCursor = (path: string, cursor: string | null | undefined): string =>
  cursor ? `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : path;
