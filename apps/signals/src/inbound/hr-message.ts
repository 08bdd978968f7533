import { invalidField, Problem } from '@curfew/contracts';
import type { IncomingMessage } from '@curfew/messaging';
import { parseStrictJson } from '@curfew/runtime';

export interface HrMessage {
  readonly tenant: string;
  readonly source: string;
  /** What the HTTP API would have been sent. */
  readonly body: Record<string, unknown>;
}

const LARGEST = 256 * 1024;

/**
 * A CloudEvent as an HR system publishes it (Kafka binding §3: binary mode in `ce_…` headers, or structured mode).
 * Its `type` is the signal's, its `id` the event's, its `source` the source's, its `time` the instant it was said; the
 * extension `tenant` defaults to `default`; `data` is the rest of a signal. Throws a `Problem` that says what is wrong.
 */
export function readHrMessage({ value, headers }: IncomingMessage): HrMessage {
  if (value === null) throw new Problem('bad_request', 'the message has no value');
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value);
  if (bytes.length > LARGEST) throw new Problem('body_too_large');
  const parsed = parseStrictJson(bytes);
  const structured = !('ce_specversion' in headers);
  const attributes = structured
    ? asObject(parsed, 'message')
    : Object.fromEntries(
        Object.entries(headers)
          .filter(([name]) => name.startsWith('ce_'))
          .map(([name, text]) => [name.slice(3), text]),
      );
  const data = asObject(structured ? attributes.data : parsed, 'data');
  if (attributes.specversion !== '1.0') throw invalidField('specversion', 'must be 1.0');
  return {
    tenant: attributes.tenant === undefined ? 'default' : text(attributes.tenant, 'tenant'),
    source: `hr:${text(attributes.source, 'source')}`,
    body: {
      occurredAt: attributes.time,
      ...data,
      type: text(attributes.type, 'type'),
      eventId: text(attributes.id, 'id'),
    },
  };
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidField(name, 'must be an object');
  return value as Record<string, unknown>;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 250)
    throw invalidField(name, 'must be text of 1 to 250 characters');
  return value;
}
