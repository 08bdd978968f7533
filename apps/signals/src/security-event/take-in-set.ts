import { Problem, SecurityEventNotedV1, SecurityEventRefusedV1, TransmitterStreamChangedV1 } from '@curfew/contracts';
import { crashPoint, startedBy, UnitOfWork, type Cause, type Tx } from '@curfew/messaging';
import { InjectLogger, plainTextOf, setErrorOf, type Logger } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';
import { ReceiveSignal } from '../signal/receive-signal.js';
import { signalSourceOf, STREAM_STATUSES, type StreamStatus, type Transmitter } from '../transmitter/transmitter.js';
import { TransmitterKeys } from '../transmitter/transmitter-keys.js';
import { TransmitterStore } from '../transmitter/transmitter.store.js';
import { SSF } from './event-rules.js';
import { jtiOf, malformed, readSet, type SecurityEvent, type SecurityEventToken } from './read-set.js';
import { SecurityEventStore } from './security-event.store.js';
import { understandEvent } from './understand-event.js';

/** Takes in what a transmitter says, however it was delivered: once for each jti, and all of a token or nothing. */
@Injectable()
export class TakeInSet {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: SecurityEventStore,
    private readonly transmitters: TransmitterStore,
    private readonly keys: TransmitterKeys,
    private readonly receiveSignal: ReceiveSignal,
    @InjectLogger() private readonly log: Logger,
  ) {}

  /** When this returns it is on disk. `under`: the jti it was sent under. Throws `set_…`, after the audit trail has been told why. */
  async execute(tenant: string, transmitter: Transmitter, token: string, under?: string): Promise<void> {
    const now = new Date();
    try {
      const set = await readSet(token, transmitter, this.keys.of(transmitter), now);
      if (under !== undefined && under !== set.jti) throw malformed('its jti is not the one it was sent under');
      crashPoint('S1', 'signals');
      await this.unitOfWork.run(tenant, (tx) => this.keep(tx, transmitter, set, now));
      crashPoint('S2', 'signals');
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      throw await this.refuse(tenant, transmitter, token, error);
    }
  }

  /** One line in the audit trail for each. Answers what its sender is told. */
  async refuse(tenant: string, { transmitterId, name }: Transmitter, token: string, cause: Problem): Promise<Problem> {
    const problem = cause.code.startsWith('set_') ? cause : toldAs(cause);
    const err = setErrorOf(problem);
    await this.unitOfWork.run(tenant, async (tx) => {
      tx.publish(SecurityEventRefusedV1, {
        subject: transmitterId,
        cause: byUs(),
        data: { transmitterId, name, err, reason: plainTextOf(cause.message).slice(0, 2000), jti: jtiOf(token) },
      });
    });
    this.log.warn({ tenant, transmitterId, err }, 'security event refused');
    return problem;
  }

  private async keep(tx: Tx, transmitter: Transmitter, set: SecurityEventToken, now: Date): Promise<void> {
    const arrival = await this.store.arrive(tx, transmitter.transmitterId, set);
    if (arrival === 'another') throw malformed('its jti was that of another event');
    if (arrival === 'repeated') return;
    const single = set.events.length === 1;
    for (const [at, event] of set.events.entries())
      await this.act(tx, transmitter, event, set, single ? set.jti : `${set.jti}/${at}`, now);
  }

  private async act(
    tx: Tx,
    transmitter: Transmitter,
    event: SecurityEvent,
    set: SecurityEventToken,
    eventId: string,
    now: Date,
  ): Promise<void> {
    if (event.type === `${SSF}verification`) return this.verify(tx, transmitter, event);
    if (event.type === `${SSF}stream-updated`) return this.followStream(tx, transmitter, event);
    const understood = understandEvent(event, set, eventId, now);
    if (typeof understood === 'string') return note(tx, transmitter, set.jti, event, understood);
    const source = signalSourceOf(transmitter);
    const teller = { tenant: tx.tenant, source, actor: `source:${source}` };
    await this.receiveSignal.within(tx, teller, understood, now, { mapping: event.type, payload: set.claims });
  }

  private async verify(tx: Tx, { transmitterId }: Transmitter, { members }: SecurityEvent): Promise<void> {
    const state = members.state ?? null;
    if (state !== null && typeof state !== 'string') throw malformed('its state is no text');
    if (!(await this.transmitters.verified(tx, transmitterId, state))) throw new Problem('set_invalid_state');
  }

  private async followStream(tx: Tx, { transmitterId, name }: Transmitter, { members }: SecurityEvent): Promise<void> {
    const { status, reason } = members;
    if (!STREAM_STATUSES.includes(status as StreamStatus)) throw malformed('its status is none of a stream');
    const given = typeof reason === 'string' ? plainTextOf(reason).slice(0, 1000) : null;
    await this.transmitters.streamIs(tx, transmitterId, status as StreamStatus, given);
    tx.publish(TransmitterStreamChangedV1, {
      subject: transmitterId,
      cause: byUs(),
      data: { transmitterId, name, status: status as StreamStatus, reason: given },
    });
  }
}

function note(
  tx: Tx,
  { transmitterId, name }: Transmitter,
  jti: string,
  { type }: SecurityEvent,
  reason: string,
): void {
  tx.publish(SecurityEventNotedV1, {
    subject: transmitterId,
    cause: byUs(),
    data: { transmitterId, name, jti, event: type, reason },
  });
}

const byUs = (): Cause => startedBy('service:signals');

/** What refuses signals of any kind, in the words of RFC 8935. */
const toldAs = ({ code, message }: Problem): Problem =>
  new Problem(code === 'signal_type_forbidden' ? 'set_access_denied' : 'set_invalid_request', message);
