import { SIGNAL_TYPES } from '@curfew/contracts';
import { assertComplete } from '../signal/signal.js';
import { EVENT_RULES } from './event-rules.js';
import { understandEvent } from './understand-event.js';

const now = new Date('2026-11-25T12:00:00Z');
const issuedAt = new Date('2026-11-25T11:59:00Z');
const ISSUER = 'https://idp.test';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const SCIM = 'urn:ietf:params:scim:event:prov:';
const ada = { format: 'email', email: 'ada@acme.test' };
const laptop = { format: 'opaque', id: 'laptop-7' };

const understood = (type: string, subject: unknown, members: Record<string, unknown> = {}) =>
  understandEvent({ type, members, subject }, { claims: { iss: ISSUER }, issuedAt }, 'j-1', now);

describe('an event', () => {
  it.each<[string, string, Record<string, unknown>, unknown, string | null]>([
    ['CAEP', `${CAEP}session-revoked`, {}, ada, 'sessions.revoked'],
    ['RISC', `${RISC}sessions-revoked`, {}, ada, 'sessions.revoked'],
    ['CAEP', `${CAEP}device-compliance-change`, { current_status: 'not-compliant' }, laptop, 'device.noncompliant'],
    ['CAEP', `${CAEP}device-compliance-change`, { current_status: 'compliant' }, laptop, null],
    ['CAEP', `${CAEP}credential-change`, { change_type: 'revoke', credential_type: 'x509' }, ada, 'credential.changed'],
    ['CAEP', `${CAEP}credential-change`, { change_type: 'create', credential_type: 'app' }, ada, null],
    ['CAEP', `${CAEP}assurance-level-change`, { change_direction: 'decrease' }, ada, 'assurance.lowered'],
    ['CAEP', `${CAEP}assurance-level-change`, { change_direction: 'increase' }, ada, null],
    ['CAEP', `${CAEP}token-claims-change`, { claims: { role: 'x' } }, ada, 'claims.changed'],
    ['CAEP', `${CAEP}risk-level-change`, { principal: 'USER', current_level: 'HIGH' }, ada, 'risk.raised'],
    ['CAEP', `${CAEP}risk-level-change`, { principal: 'DEVICE', current_level: 'HIGH' }, laptop, 'risk.raised'],
    ['CAEP', `${CAEP}risk-level-change`, { principal: 'USER', current_level: 'MEDIUM' }, ada, null],
    ['CAEP', `${CAEP}risk-level-change`, { principal: 'TENANT', current_level: 'HIGH' }, ada, null],
    ['CAEP', `${CAEP}session-established`, {}, ada, null],
    ['RISC', `${RISC}account-disabled`, { reason: 'hijacking' }, ada, 'employment.terminated'],
    ['RISC', `${RISC}account-purged`, {}, ada, 'employment.terminated'],
    ['RISC', `${RISC}account-enabled`, {}, ada, 'employment.rehired'],
    ['RISC', `${RISC}credential-compromise`, { credential_type: 'password' }, ada, 'credential.compromised'],
    ['RISC', `${RISC}account-credential-change-required`, {}, ada, 'credential.compromised'],
    ['RISC', `${RISC}identifier-recycled`, {}, ada, 'credential.compromised'],
    ['RISC', `${RISC}opt-in`, {}, ada, null],
    ['RFC 9967', `${SCIM}deactivate`, {}, { format: 'scim', uri: '/Users/u-1' }, 'employment.terminated'],
    ['RFC 9967', `${SCIM}delete`, {}, { format: 'scim', uri: '/Users/u-1' }, 'employment.terminated'],
    ['RFC 9967', `${SCIM}activate`, {}, { format: 'scim', uri: '/Users/u-1' }, 'employment.rehired'],
    [
      'RFC 9967',
      `${SCIM}put:full`,
      { data: { active: false } },
      { format: 'scim', uri: '/Users/u-1' },
      'employment.terminated',
    ],
    ['RFC 9967', `${SCIM}put:full`, { data: { active: true } }, { format: 'scim', uri: '/Users/u-1' }, null],
    ['RFC 9967', `${SCIM}put:notice`, { attributes: ['active'] }, { format: 'scim', uri: '/Users/u-1' }, null],
    ['another', 'https://vendor.test/event', {}, ada, null],
  ])('of %s: %s %j', (_, type, members, subject, signal) => {
    const content = understood(type, subject, members);
    if (signal === null) return expect(content).toEqual(expect.any(String));
    expect(content).toMatchObject({ type: signal, eventId: 'j-1' });
    if (typeof content !== 'string') assertComplete(content, now);
  });

  it('that means a signal means one there is, and the table says nothing twice', () => {
    for (const { signal } of EVENT_RULES) expect([null, ...SIGNAL_TYPES]).toContain(signal);
    const said = EVENT_RULES.map(({ event, when }) => JSON.stringify([event, when]));
    expect(new Set(said).size).toBe(said.length);
  });

  it('happened when it says so, in seconds or milliseconds, and never in the future; its reason is the administrator’s', () => {
    const at = (event_timestamp: unknown, reason_admin?: unknown) =>
      understood(`${CAEP}session-revoked`, ada, { event_timestamp, reason_admin });
    expect(at(issuedAt.getTime() / 1000 - 30)).toMatchObject({ occurredAt: new Date('2026-11-25T11:58:30Z') });
    expect(at(issuedAt.getTime() - 30_000)).toMatchObject({ occurredAt: new Date('2026-11-25T11:58:30Z') });
    expect(at(now.getTime() / 1000 + 900)).toMatchObject({ occurredAt: now });
    expect(at(undefined)).toMatchObject({ occurredAt: issuedAt });
    expect(at('yesterday')).toMatchObject({ occurredAt: issuedAt });
    expect(at(1, { de: 'Weg', en: 'Left\nus' })).toMatchObject({ reason: 'Left us' });
    expect(at(1, { de: 'Weg' })).toMatchObject({ reason: 'Weg' });
    expect(at(1, 'old style')).toMatchObject({ reason: 'old style' });
    expect(at(1, { en: 7 })).toMatchObject({ reason: 'The sessions were revoked where the person signs in' });
  });
});

describe('a subject (RFC 9493)', () => {
  const meant = (subject: unknown, type = `${RISC}credential-compromise`, members: Record<string, unknown> = {}) => {
    const content = understood(type, subject, members);
    return typeof content === 'string' ? content : [content.subject, content.device];
  };
  const complex = (parts: object) => ({ format: 'complex', ...parts });

  it('is a person by e-mail, by account, by several names, or by what its transmitter alone calls them', () => {
    expect(meant(ada)).toEqual([{ email: 'ada@acme.test' }, undefined]);
    const account = { format: 'iss_sub', iss: 'https://other.test', sub: 'u-1' };
    expect(meant(account)).toEqual([{ iss: 'https://other.test', sub: 'u-1' }, undefined]);
    expect(meant({ subject_type: 'iss-sub', iss: 'i', sub: 's' })).toEqual([{ iss: 'i', sub: 's' }, undefined]);
    expect(meant({ format: 'opaque', id: 'u-1' })).toEqual([{ iss: ISSUER, sub: 'u-1' }, undefined]);
    expect(meant({ format: 'scim', uri: '/Users/u-1' })).toEqual([{ iss: ISSUER, sub: 'u-1' }, undefined]);
    expect(meant({ format: 'scim', uri: '/Users/u-1', id: 'u-2' })).toEqual([{ iss: ISSUER, sub: 'u-2' }, undefined]);
    const aliases = {
      format: 'aliases',
      identifiers: [ada, account, { format: 'phone_number', phone_number: '+4912' }],
    };
    expect(meant(aliases)).toEqual([{ email: 'ada@acme.test', iss: 'https://other.test', sub: 'u-1' }, undefined]);
  });

  it('of a format nobody here is known by leads to nothing, and says so', () => {
    for (const given of [
      { format: 'phone_number', phone_number: '+4912' },
      { format: 'did', url: 'did:example:1' },
      { format: 'aliases', identifiers: [{ format: 'did', url: 'did:example:1' }] },
      { format: 'account', uri: 'acct:ada@acme.test' },
    ])
      expect(meant(given)).toMatch(/not known here/);
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['a text', 'ada'],
    ['no format', { email: 'ada@acme.test' }],
    ['no address', { format: 'email' }],
    ['an address that is a list', { format: 'email', email: ['a', 'b'] }],
    ['control characters', { format: 'email', email: 'ada\u0000@acme.test' }],
    ['half an account', { format: 'iss_sub', iss: 'i' }],
    ['parts that are none', complex({ user: 'ada' })],
    ['names that are no list', { format: 'aliases', identifiers: 'ada' }],
  ])('that is malformed makes the token malformed: %s', (_, given) => {
    expect(() => meant(given)).toThrow(expect.objectContaining({ code: 'set_invalid_request' }) as Error);
  });

  it('SSF §3.3: of parts is all of them at once: what is said of a part is never taken for the whole', () => {
    const revoked = `${CAEP}session-revoked`;
    expect(meant(complex({ user: ada, tenant: { format: 'opaque', id: 't' } }), revoked)).toEqual([
      { email: 'ada@acme.test' },
      undefined,
    ]);
    const everySession = { format: 'opaque', id: 'ALL' };
    expect(meant(complex({ user: ada, session: everySession }), revoked)).toEqual([
      { email: 'ada@acme.test' },
      undefined,
    ]);
    const opened = { format: 'opaque', id: 'sid-1' };
    const part = (parts: object, type = revoked, members = {}) => understood(type, complex(parts), members);
    expect(part({ user: ada, session: opened })).toMatchObject({
      subject: { email: 'ada@acme.test' },
      limits: { authenticatedUpTo: now.toISOString(), sessions: ['sid-1'] },
    });
    const noncompliant = { current_status: 'not-compliant' };
    expect(part({ user: ada, device: laptop }, `${CAEP}device-compliance-change`, noncompliant)).toMatchObject({
      type: 'device.noncompliant',
      subject: { email: 'ada@acme.test' },
      limits: { authenticatedUpTo: now.toISOString(), devices: ['laptop-7'] },
    });
    expect(part({ user: ada, device: laptop }, `${RISC}account-disabled`)).toMatch(/a part/);
    expect(part({ user: ada }, `${CAEP}device-compliance-change`, noncompliant)).toMatch(/no device/);
    for (const parts of [
      { session: opened },
      { user: ada, application: { format: 'opaque', id: 'payroll' } },
      { user: ada, group: { format: 'opaque', id: 'g' } },
      { user: ada, 'vendor-thing': { format: 'opaque', id: 'g' } },
      { tenant: { format: 'opaque', id: 't' } },
      { session: everySession },
    ])
      expect(meant(complex(parts), revoked)).toEqual(expect.any(String));
  });
});
