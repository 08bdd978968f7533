/** What the console asks of the other services, each time with the key of the person it asks for, once there is one. */
export interface Ask {
  readonly key?: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: NodeJS.ReadableStream;
}

export abstract class Services {
  /** Undefined: no service has such a path. */
  abstract ask(request: Ask): Promise<Reply | undefined>;

  /** The body as it came. Throws a `ServiceError` for what is not a 2xx. */
  abstract bytes(request: Ask): Promise<Buffer>;

  async call<T>(request: Ask): Promise<T> {
    const body = await this.bytes(request);
    return (body.length > 0 ? JSON.parse(body.toString()) : {}) as T;
  }

  read<T>(request: Omit<Ask, 'method'>): Promise<T> {
    return this.call({ ...request, method: 'GET' });
  }
}

export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail?: string,
  ) {
    super(`${status} ${code}`);
  }
}
