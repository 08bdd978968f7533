import type { SignalFacts, SignalType } from '@curfew/contracts';

/** What a signal of a type leads to. */
export type Reaction =
  | {
      readonly name: string;
      readonly signalType: string;
      readonly action: 'revoke';
      readonly bar: boolean;
      readonly deadlineSeconds: number;
    }
  | { readonly name: string; readonly signalType: string; readonly action: 'reinstate' }
  | { readonly name: string; readonly signalType: string; readonly action: 'ignore' };

export interface Reactions {
  readonly version: number;
  readonly reactions: readonly Reaction[];
}

/** Whoever can authenticate again may come in: who told it decides that. */
const endsSessions = (name: string, signalType: SignalType): Reaction => ({
  name,
  signalType,
  action: 'revoke',
  bar: false,
  deadlineSeconds: 60,
});

export const INITIAL_REACTIONS: Reactions = {
  version: 0,
  reactions: [
    {
      name: 'Termination ends all access',
      signalType: 'employment.terminated',
      action: 'revoke',
      bar: true,
      deadlineSeconds: 60,
    },
    { name: 'Rehire gives back the right to sign in', signalType: 'employment.rehired', action: 'reinstate' },
    {
      name: 'Compromised device is quarantined',
      signalType: 'device.compromised',
      action: 'revoke',
      bar: true,
      deadlineSeconds: 60,
    },
    endsSessions('Device that is not compliant is signed out', 'device.noncompliant'),
    endsSessions('Sessions end here as well', 'sessions.revoked'),
    endsSessions('Compromised credential ends sessions', 'credential.compromised'),
    endsSessions('High risk ends sessions', 'risk.raised'),
    endsSessions('A shift begins afresh', 'shift.started'),
    endsSessions('A shift ends with its sessions', 'shift.ended'),
  ],
};

export type Decision =
  | { readonly kind: 'revoke'; readonly reaction: Reaction & { action: 'revoke' } }
  | { readonly kind: 'reinstate'; readonly reaction: Reaction }
  | { readonly kind: 'decline'; readonly reason: string };

/** The first reaction to a signal's type decides. */
export function decide(
  signal: Pick<SignalFacts, 'signalType' | 'subject' | 'device'>,
  { reactions }: Reactions,
): Decision {
  const reaction = reactions.find(({ signalType }) => signalType === signal.signalType);
  if (!reaction) return { kind: 'decline', reason: `no reaction to ${signal.signalType}` };
  switch (reaction.action) {
    case 'ignore':
      return { kind: 'decline', reason: `the reaction “${reaction.name}” ignores it` };
    case 'reinstate':
      return signal.subject
        ? { kind: 'reinstate', reaction }
        : { kind: 'decline', reason: 'it names no subject to reinstate' };
    case 'revoke':
      return { kind: 'revoke', reaction };
  }
}

/** What holds at some places or of some sessions only can not keep somebody out: a bar is a person's, everywhere. */
export const isSomewhere = (limits: SignalFacts['limits']): boolean =>
  [limits?.applications, limits?.devices, limits?.sessions].some((named) => named !== undefined);
