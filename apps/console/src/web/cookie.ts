/** `__Host-`: of this origin alone, and never sent in the clear. On a loopback address there is no TLS to ask for. */
const NAME = 'curfew-console';
const SECURE_NAME = `__Host-${NAME}`;

export function tokenOf(cookies: string | undefined, host: string | undefined): string | undefined {
  const name = isLoopback(host) ? NAME : SECURE_NAME;
  for (const part of (cookies ?? '').split(';')) {
    const [key, value] = part.trim().split('=');
    if (key === name && value && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** Without a token: takes the cookie away. */
export function cookieOf(token: string | undefined, host: string | undefined): string {
  const secure = !isLoopback(host);
  return `${secure ? SECURE_NAME : NAME}=${token ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${token ? '' : '; Max-Age=0'}`;
}

export const isLoopback = (host: string | undefined): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host ?? '');
