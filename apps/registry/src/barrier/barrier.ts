export type TargetKind = 'subject' | 'device' | 'session' | 'application' | 'group' | 'tenant';

export interface Target {
  readonly kind: TargetKind;
  readonly id: string;
}

/** The standing part of revocations: what is dead because of it can be told from these two figures alone. */
export interface Barrier {
  readonly tenant: string;
  readonly kind: TargetKind;
  readonly targetId: string;
  /** Nothing authenticated at or before this instant is valid. */
  readonly notBefore: Date;
  /** Every session opened under a lower epoch has ended. */
  readonly endsBefore: bigint;
  /** What was read of a session before this epoch is to be read again: it may have other deadlines or groups now. */
  readonly rereadBefore: bigint;
}
