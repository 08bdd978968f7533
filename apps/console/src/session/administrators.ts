import { createHash, randomBytes } from 'node:crypto';
import { seal, unseal } from '@curfew/keys';
import { UnitOfWork } from '@curfew/messaging';
import { InjectConfig, KeyDirectory, type Principal, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import {
  deadlineByKey,
  IDLE_MS,
  LINK_MS,
  overSince,
  SEEN_EVERY_MS,
  type Administrator,
  type Deadline,
  type SignedOut,
} from './administrator.js';
import { AdministratorStore } from './administrator.store.js';
import { Deadlines } from './deadlines.js';

const PURPOSE = 'console credential';
/** What a console is for; without it there is nothing to see. An application's or a source's key has no business here. */
const LEAST = 'sessions:read';

/**
 * Who is signed in. The browser holds a random token, the database its hash and the sealed API key: every call to a
 * service is made with that key, so a console grants nothing, and a key that is revoked signs its holder out.
 */
@Injectable()
export class Administrators {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: AdministratorStore,
    private readonly keys: KeyDirectory,
    private readonly deadlines: Deadlines,
    @InjectConfig() private readonly config: RunningConfig,
  ) {}

  /** The token of a new session; undefined when the key opens no console. */
  async signIn(key: string): Promise<string | undefined> {
    const principal = await this.holderOf(key);
    // A person's key is their browser's alone, and was given to it when they signed in.
    if (!principal || principal.person) return undefined;
    const now = new Date();
    const ends = (await this.deadlines.afterActivity(principal, key, now, now))!;
    return this.remember(principal, key, ends, now);
  }

  /** Of somebody whom policy has just signed in. */
  async signInByProvider(signedIn: { tenant: string; keyId: string; key: string }, ends: Deadline): Promise<string> {
    return this.remember(signedIn, signedIn.key, ends, new Date(), true);
  }

  /** A link that signs its holder in as whoever asked for it, once. */
  async link(key: string): Promise<string | undefined> {
    const principal = await this.holderOf(key);
    if (!principal) return undefined;
    const token = newToken();
    const expiresAt = new Date(Date.now() + LINK_MS);
    await this.unitOfWork.run(principal.tenant, (tx) =>
      this.store.insertLink(tx, { tokenHash: hashOf(token), credential: this.sealed(key), expiresAt }),
    );
    return token;
  }

  async signInByLink(link: string): Promise<string | undefined> {
    const tenant = await this.store.tenantOfLink(hashOf(link));
    if (tenant === undefined) return undefined;
    const sealed = await this.unitOfWork.run(tenant, (tx) => this.store.takeLink(tx, hashOf(link), new Date()));
    return sealed === undefined ? undefined : this.signIn(unseal(this.config.masterKey, PURPOSE, sealed));
  }

  /** `active`: the person did something; what runs by itself, like a stream, keeps nobody signed in (LT-06). */
  async find(token: string | undefined, active: boolean): Promise<Administrator | SignedOut> {
    if (token === undefined) return 'no_session';
    const tokenHash = hashOf(token);
    const stored = await this.store.find(tokenHash);
    if (!stored) return 'no_session';
    const now = new Date();
    const { tenant, byProvider, signedInAt, lastSeenAt } = stored;
    const ends = stored.endsAt
      ? { at: stored.endsAt, by: stored.endsBy! }
      : deadlineByKey(signedInAt, lastSeenAt, IDLE_MS); // signed in before there were deadlines
    const over = overSince(ends, now);
    if (over) return this.over(tenant, tokenHash, over);
    const key = unseal(this.config.masterKey, PURPOSE, stored.credential);
    const principal = await this.holderOf(key);
    if (!principal) return this.over(tenant, tokenHash, byProvider ? 'ended' : 'key_refused');
    if (active && now.getTime() - lastSeenAt.getTime() >= SEEN_EVERY_MS) {
      // Policy does not answer: what it said last holds.
      const next = await this.deadlines.afterActivity(principal, key, signedInAt, now).catch(() => ends);
      if (!next) return this.over(tenant, tokenHash, 'ended');
      await this.unitOfWork.run(tenant, (tx) => this.store.seen(tx, tokenHash, now, next));
    }
    return { principal, key, tokenHash, lastSeenAt: active ? now : lastSeenAt };
  }

  async signOut({ principal, tokenHash }: Administrator): Promise<void> {
    await this.remove(principal.tenant, tokenHash);
  }

  private async remember(
    { tenant, keyId }: Pick<Principal, 'tenant' | 'keyId'>,
    key: string,
    ends: Deadline,
    now: Date,
    byProvider = false,
  ): Promise<string> {
    const token = newToken();
    const row = { tokenHash: hashOf(token), keyId, credential: this.sealed(key), now, ends, byProvider };
    await this.unitOfWork.run(tenant, (tx) => this.store.insert(tx, row));
    await this.store.forget(now);
    return token;
  }

  private async over(tenant: string, tokenHash: string, because: SignedOut): Promise<SignedOut> {
    await this.remove(tenant, tokenHash);
    return because;
  }

  private remove(tenant: string, tokenHash: string): Promise<void> {
    return this.unitOfWork.run(tenant, (tx) => this.store.remove(tx, tokenHash));
  }

  /** Undefined: nobody's, or of somebody who has no business at a console. */
  async holderOf(key: string): Promise<Principal | undefined> {
    const principal = await this.keys.find(key);
    return principal?.permissions.has(LEAST) && principal.clientId === null && principal.source === null
      ? principal
      : undefined;
  }

  private sealed = (key: string): string => seal(this.config.masterKey, PURPOSE, key);
}

const newToken = (): string => randomBytes(32).toString('base64url');
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
