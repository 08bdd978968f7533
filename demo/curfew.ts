/** What Curfew answered when it did not do what it was asked: its stable code (RFC 9457). */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly status: number,
    readonly code: string,
    call: string,
    detail: string | undefined,
  ) {
    super(`${call}: ${status} ${code}${detail === undefined ? '' : ` (${detail})`}`);
  }
}

/** Curfew's public HTTP API under one API key: all that the demo uses of it. */
export class Curfew {
  constructor(
    readonly url: string,
    private readonly key: string,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  /** All of a list, page by page. */
  async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const page: { items: T[]; nextCursor: string | null } = await this.get(`${path}${query}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.call<T>('PUT', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.call<T>('PATCH', path, body);
  }

  /** With `waitSeconds` the answer is held until the matter is settled, at most that long (RFC 7240). */
  post<T>(path: string, body: object, { waitSeconds }: { waitSeconds?: number } = {}): Promise<T> {
    return this.call<T>('POST', path, body, waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` });
  }

  /** Throws `Refused`. */
  private async call<T>(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (!response.ok) {
      const { code, detail } = answer as { code?: string; detail?: string };
      throw new Refused(response.status, code ?? 'unknown', `${method} ${path}`, detail);
    }
    return answer as T;
  }
}
