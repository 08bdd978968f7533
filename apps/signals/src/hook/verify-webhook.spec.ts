import { createHmac } from 'node:crypto';
import { Webhook as Signer } from 'standardwebhooks';
import { keyOf, mintSecret } from '../source/source.js';
import { distrustOf, type Webhook } from './verify-webhook.js';

const now = new Date('2026-11-25T12:00:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const body = '{"who": "Jörg"}';
const [secret, other] = [mintSecret(), mintSecret()];

/** As the library of Standard Webhooks signs. */
const signed = (by = secret, when = now, id = 'msg_1'): Webhook => ({
  id,
  timestamp: String(Math.floor(when.getTime() / 1000)),
  signature: new Signer(by).sign(id, when, body),
  bytes: Buffer.from(body),
});
const judge = (webhook: Webhook, secrets = [secret]) => distrustOf(webhook, secrets.map(keyOf), now);

it('a secret is what the library takes for one, of 32 bytes, and new each time', () => {
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(keyOf(secret)).toHaveLength(32);
  expect(secret).not.toBe(other);
});

describe('a webhook', () => {
  it('that the library has signed is genuine; and the library takes what we would', () => {
    expect(judge(signed())).toBeUndefined();
    const text = Buffer.from(`msg_1.${Math.floor(Date.now() / 1000)}.${body}`);
    const signature = `v1,${createHmac('sha256', keyOf(secret)).update(text).digest('base64')}`;
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': text.toString().split('.')[1]!,
      'webhook-signature': signature,
    };
    expect(new Signer(secret).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it('is genuine by either of two secrets, and with several signatures by any', () => {
    expect(judge(signed(other), [secret, other])).toBeUndefined();
    expect(judge(signed(other), [secret])).toBe('wrong signature');
    const rotating = { ...signed(), signature: `${signed(other).signature} v1a,AAAA ${signed().signature}` };
    expect(judge(rotating)).toBeUndefined();
    expect(judge(rotating, [mintSecret()])).toBe('wrong signature');
  });

  it('is forged once a byte of what is signed is another', () => {
    for (const change of [
      { bytes: Buffer.from(`${body} `) },
      { bytes: Buffer.from(JSON.stringify(JSON.parse(body))) },
      { bytes: Buffer.from(body).subarray(1) },
      { id: 'msg_2' },
      { timestamp: String(now.getTime() / 1000 + 1) },
      { signature: signed(mintSecret()).signature },
      { signature: signed().signature!.replace(/v1,./, (start) => (start === 'v1,A' ? 'v1,B' : 'v1,A')) },
    ])
      expect(judge({ ...signed(), ...change })).toBe('wrong signature');
    expect(judge(signed(), [])).toBe('wrong signature');
  });

  it.each<[string, Partial<Webhook>]>([
    ['no signature', { signature: undefined }],
    ['no signature', { signature: '' }],
    ['no signature', { signature: 'v1,' }],
    ['no signature', { signature: 'v1a,AAAA' }],
    ['no signature', { signature: signed().signature!.slice(3) }],
    ['no signature', { signature: `${signed().signature},` }],
    ['no signature', { signature: `v1,${'A'.repeat(100_000)}` }],
    ['no webhook-id', { id: undefined }],
    ['no webhook-id', { id: 'x'.repeat(201) }],
    ['no webhook-id', { id: 'a b' }],
    ['no webhook-timestamp', { timestamp: undefined }],
    ['no webhook-timestamp', { timestamp: 'now' }],
    ['no webhook-timestamp', { timestamp: '1.7e9' }],
    ['no webhook-timestamp', { timestamp: '-1' }],
  ])('has %s with %j', (distrust, change) => expect(judge({ ...signed(), ...change })).toBe(distrust));

  it.each([
    [-300, undefined],
    [-301, 'too old'],
    [300, undefined],
    [301, 'in the future'],
  ])('of %d seconds from now: %s', (seconds, distrust) => {
    expect(judge(signed(secret, at(seconds)))).toBe(distrust);
  });
});
