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

/** A sign-in that was begun. The browser comes back from another site, so this one has to come along from there. */
const ATTEMPT_NAME = 'curfew-sign-in';
const ATTEMPT_S = 600;

export function attemptOf(cookies: string | undefined, host: string | undefined): string | undefined {
  const name = isLoopback(host) ? ATTEMPT_NAME : `__Host-${ATTEMPT_NAME}`;
  const found = (cookies ?? '').split(';').find((part) => part.trim().startsWith(`${name}=`));
  return found ? decodeURIComponent(found.trim().slice(name.length + 1)) : undefined;
}

export function attemptCookieOf(attempt: string | undefined, host: string | undefined): string {
  const secure = !isLoopback(host);
  return `${secure ? '__Host-' : ''}${ATTEMPT_NAME}=${encodeURIComponent(attempt ?? '')}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}; Max-Age=${attempt ? ATTEMPT_S : 0}`;
}

/** Without a token: takes the cookie away. */
export function cookieOf(token: string | undefined, host: string | undefined): string {
  const secure = !isLoopback(host);
  return `${secure ? SECURE_NAME : NAME}=${token ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${token ? '' : '; Max-Age=0'}`;
}

export const isLoopback = (host: string | undefined): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host ?? '');
