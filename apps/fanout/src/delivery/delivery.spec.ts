import fc from 'fast-check';
import { afterAttempt, type Attempt, type AttemptOutcome, type Delivery } from './delivery.js';

const planned = Date.UTC(2026, 10, 2, 9);
const at = (seconds: number): Date => new Date(planned + seconds * 1000);
const DAYS = 24 * 3600;

const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  tenant: 'acme',
  deliveryId: 'd',
  sessionId: 's',
  sid: 'sid',
  clientId: 'payroll',
  subjectId: 'ada',
  revocationId: 'r',
  cause: 'revoked',
  actor: 'key:1',
  correlationId: 'c',
  causationId: 'e',
  bulk: false,
  originAt: at(0),
  plannedAt: at(0),
  requeuedAt: null,
  deadlineAt: at(60),
  state: 'planned',
  dueAt: at(0),
  attempts: 1,
  rejections: 0,
  firstRejectedAt: null,
  repeatAt: null,
  breachedAt: null,
  ...more,
});

const attempt = (outcome: AttemptOutcome, finishedSecond: number): Attempt => ({
  number: 1,
  jti: 'j',
  startedAt: at(finishedSecond - 0.1),
  finishedAt: at(finishedSecond),
  outcome,
});
const refused: AttemptOutcome = { kind: 'refused', status: 400, detail: null };
const failed = (status: number): AttemptOutcome => ({ kind: 'failed', status, detail: null, retryAfterMs: null });
const unreachable: AttemptOutcome = { kind: 'unreachable', detail: 'ECONNRESET' };
const accepted = (receipt: 'none' | 'verified' | 'disputed'): AttemptOutcome => ({
  kind: 'accepted',
  status: 200,
  receipt,
  detail: null,
  receiptJws: null,
});

/** One outcome after the other, at these seconds. */
function tries(outcomes: readonly (readonly [AttemptOutcome, number])[]): string[] {
  let current = delivery();
  return outcomes.map(([outcome, second], index) => {
    const transition = afterAttempt({ ...current, attempts: index + 1 }, attempt(outcome, second), 0.5);
    current = { ...current, rejections: transition.rejections, firstRejectedAt: transition.firstRejectedAt };
    return transition.state;
  });
}

describe('an answer', () => {
  it.each([
    ['none', 'accepted', false],
    ['verified', 'confirmed', false],
    ['disputed', 'accepted', true],
  ] as const)('N-01: 2xx with receipt %s is %s; disputed: %s', (receipt, state, disputed) => {
    expect(afterAttempt(delivery(), attempt(accepted(receipt), 1), 0.5)).toMatchObject({
      state,
      dueAt: null,
      disputed,
    });
  });

  it('2xx ends it also after refusals, and after the seven days', () => {
    const refusedBefore = delivery({ rejections: 9, firstRejectedAt: at(0) });
    expect(afterAttempt(refusedBefore, attempt(accepted('none'), 8 * DAYS), 0.5).state).toBe('accepted');
  });
});

describe('400 to fresh tokens', () => {
  it('rejects after three, the first and the last at least 10 s apart', () => {
    const at3 = (last: number) =>
      tries([
        [refused, 1],
        [refused, 5],
        [refused, last],
      ]);
    expect(at3(11)).toEqual(['planned', 'planned', 'rejected']);
    expect(at3(10.999)).toEqual(['planned', 'planned', 'planned']);
  });

  it('goes on while three came too fast, and rejects with the first one late enough', () => {
    const seconds = [0, 0.25, 0.5, 1, 5, 9.9, 10];
    expect(tries(seconds.map((second) => [refused, second] as const))).toEqual([
      ...Array.from({ length: 6 }, () => 'planned'),
      'rejected',
    ]);
  });

  it('counts no other answer, however many come between', () => {
    expect(
      tries([
        [refused, 1],
        [failed(401), 5],
        [unreachable, 15],
        [refused, 20],
        [failed(503), 25],
        [refused, 30],
      ]),
    ).toEqual(['planned', 'planned', 'planned', 'planned', 'planned', 'rejected']);
  });
});

describe('every other answer', () => {
  it.each([401, 403, 404, 405, 410, 418, 429, 301, 302, 307, 500, 502, 503, 504])(
    'F-51: %d is retried, however often it comes, until seven days are over',
    (status) => {
      expect(tries(Array.from({ length: 9 }, (_, index) => [failed(status), 20 * index] as const))).toEqual(
        Array.from({ length: 9 }, () => 'planned'),
      );
      expect(afterAttempt(delivery(), attempt(failed(status), 7 * DAYS - 1), 0.5).state).toBe('planned');
      expect(afterAttempt(delivery(), attempt(failed(status), 7 * DAYS), 0.5)).toMatchObject({
        state: 'abandoned',
        dueAt: null,
      });
    },
  );

  it('none at all is treated the same', () => {
    expect(afterAttempt(delivery(), attempt(unreachable, 100), 0.5).state).toBe('planned');
    expect(afterAttempt(delivery(), attempt(unreachable, 7 * DAYS), 0.5).state).toBe('abandoned');
  });
});

describe('sent again by hand', () => {
  const after = (days: number, requeuedDay: number) =>
    afterAttempt(delivery({ requeuedAt: at(requeuedDay * DAYS) }), attempt(unreachable, days * DAYS), 0.5);

  it('N-07: it has seven days of tries from then on, however long ago it was planned', () => {
    expect(after(30, 30).state).toBe('planned');
    expect(after(36.9, 30).state).toBe('planned');
    expect(after(37, 30).state).toBe('abandoned');
  });

  it('the steps between its tries begin short again', () => {
    expect(after(30, 30).dueAt).toEqual(at(30 * DAYS + 2));
    expect(after(30, 29).dueAt).toEqual(at(30 * DAYS + 3600));
  });

  it('before its deadline that rhythm goes on', () => {
    const again = delivery({ requeuedAt: at(10), attempts: 9 });
    expect(afterAttempt(again, attempt(unreachable, 20), 0.5).dueAt).toEqual(at(20.9));
  });
});

it('a delivery that is not final is always due again, in the future; one that is final never', () => {
  const outcome = fc.constantFrom(refused, failed(503), unreachable, accepted('none'), accepted('disputed'));
  fc.assert(
    fc.property(
      outcome,
      fc.double({ min: 0, max: 8 * DAYS, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (of, second, random) => {
        const { state, dueAt } = afterAttempt(delivery(), attempt(of, second), random);
        expect(dueAt === null).toBe(state !== 'planned');
        if (dueAt) expect(dueAt.getTime()).toBeGreaterThanOrEqual(at(second).getTime());
      },
    ),
  );
});
