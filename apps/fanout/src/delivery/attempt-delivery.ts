import { randomUUID } from 'node:crypto';
import { crashPoint } from '@curfew/messaging';
import { plainTextOf } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import type { Application } from '../application/application.js';
import { ApplicationClient, type Answer } from '../application/application.client.js';
import { faultOf } from '../application/connection-fault.js';
import { ReceiptKeys } from '../application/receipt-keys.js';
import { Issuers } from '../issuer/issuers.js';
import { SigningKeys } from '../issuer/signing-keys.js';
import type { Attempt, AttemptOutcome, LeasedDelivery } from './delivery.js';
import { signLogoutToken } from './logout-token.js';
import { RECEIPT_TYPE, verifyReceipt } from './receipt.js';
import { attemptLimitMs } from './retry-schedule.js';

const MOST_DETAIL = 500;

export type Told = Pick<LeasedDelivery, 'sid' | 'subjectId' | 'attempts' | 'deadlineAt'>;

/** One try: signs a token now, sends it, and says what came back. */
@Injectable()
export class AttemptDelivery {
  constructor(
    private readonly client: ApplicationClient,
    private readonly signingKeys: SigningKeys,
    private readonly issuers: Issuers,
    private readonly receiptKeys: ReceiptKeys,
  ) {}

  /** Never rejects for what an application does; that is an outcome. */
  async execute(application: Application, delivery: Told): Promise<Attempt> {
    const { tenant, clientId } = application;
    const startedAt = new Date();
    const jti = randomUUID();
    const issuer = this.issuers.of(tenant);
    const of = application.logoutTokenFor === 'subject' ? { sub: delivery.subjectId } : { sid: delivery.sid };
    const key = await this.signingKeys.current(tenant, application.logoutTokenAlg);
    const token = await signLogoutToken(key, { issuer, clientId, jti, now: startedAt, of });
    const outcome = await this.post(application, token, attemptLimitMs(startedAt, delivery.deadlineAt), (receipt) =>
      verifyReceipt(receipt, this.receiptKeys.of(application), { clientId, issuer, jti, sid: delivery.sid }),
    );
    return { number: delivery.attempts, jti, startedAt, finishedAt: new Date(), outcome };
  }

  private async post(
    application: Application,
    token: string,
    limitMs: number,
    verify: (receipt: string) => ReturnType<typeof verifyReceipt>,
  ): Promise<AttemptOutcome> {
    let answer: Answer;
    try {
      answer = await this.client.post(application, token, limitMs);
      crashPoint('S9', 'fanout');
    } catch (error) {
      return { kind: 'unreachable', detail: describe(error) };
    }
    const { status } = answer;
    if (status >= 200 && status < 300) return accepted(answer, verify);
    const detail = plainTextOf(answer.body.toString('utf8').slice(0, MOST_DETAIL)) || null;
    if (status === 400) return { kind: 'refused', status, detail };
    return { kind: 'failed', status, detail, retryAfterMs: retryAfterMs(answer.retryAfter) };
  }
}

/** 2xx is accepted; with a receipt that verifies, confirmed; with one that does not, disputed. */
async function accepted(
  { status, contentType, body }: Answer,
  verify: (receipt: string) => ReturnType<typeof verifyReceipt>,
): Promise<AttemptOutcome> {
  if (!contentType.toLowerCase().startsWith(`application/${RECEIPT_TYPE}`)) {
    return { kind: 'accepted', status, receipt: 'none', detail: null, receiptJws: null };
  }
  const receiptJws = plainTextOf(body.toString('utf8'));
  const verdict = await verify(receiptJws);
  return verdict.valid
    ? { kind: 'accepted', status, receipt: 'verified', detail: null, receiptJws }
    : { kind: 'accepted', status, receipt: 'disputed', detail: verdict.why, receiptJws };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

const describe = (error: unknown): string => plainTextOf(faultOf(error).slice(0, MOST_DETAIL)) || 'unknown';
