/** How the first factor is asked for, or that it is the profile of a second one. */
export const PROFILE_KINDS = ['local', 'directory', 'federated', 'mfa'] as const;
export type ProfileKind = (typeof PROFILE_KINDS)[number];

/** What a rule may name (SP-24). What stands behind the name is the front end's to know. */
export interface SignInProfile {
  readonly name: string;
  readonly kind: ProfileKind;
}
