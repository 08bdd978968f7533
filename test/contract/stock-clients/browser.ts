import { request } from 'undici';

const MOST_REDIRECTS = 10;

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly location: string | undefined;
}

/** What a person holds: cookies, by origin. Follows redirects as a browser does. */
export class Browser {
  private readonly cookies = new Map<string, Map<string, string>>();

  setCookie(origin: string, name: string, value: string): void {
    this.jar(origin).set(name, value);
  }

  /** Wherever the redirects lead. */
  async visit(address: string): Promise<Page> {
    let page = await this.get(address);
    for (let hops = 0; page.location !== undefined; hops++) {
      if (hops === MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects from ${address}`);
      page = await this.get(new URL(page.location, page.url).href);
    }
    return page;
  }

  /** One request; an answer that sends elsewhere is the answer. */
  async get(url: string): Promise<Page> {
    const jar = this.jar(new URL(url).origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    // As a browser that goes to a page: what looks like a script's request is answered 401 instead of a redirect.
    const { statusCode, headers, body } = await request(url, {
      headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate', ...(cookie === '' ? {} : { cookie }) },
    });
    await body.dump();
    for (const text of [headers['set-cookie'] ?? []].flat()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!;
      if (value === '' || /expires=Thu, 01[- ]Jan[- ]1970/i.test(text)) jar.delete(name!);
      else jar.set(name!, value!);
    }
    return { url, status: statusCode, location: headers.location as string | undefined };
  }

  private jar(origin: string): Map<string, string> {
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    return jar;
  }
}
