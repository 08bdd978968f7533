/**
 * Every refusal there is: its stable code, HTTP status and title (RFC 9457). OAuth endpoints have their own form.
 * A code, once released, keeps its meaning.
 */
export const PROBLEMS = {
  // the request itself
  invalid_json: [400, 'The body is not valid JSON'],
  invalid_encoding: [400, 'The body is not valid UTF-8'],
  json_too_deep: [400, 'The body is nested too deeply'],
  duplicate_key: [400, 'The body names a member twice'],
  forbidden_key: [400, 'The body names a member that is never allowed'],
  invalid_field: [400, 'A field is not valid'],
  invalid_cursor: [400, 'The cursor is not one this list gave out'],
  bad_request: [400, 'The request is not valid'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported here'],
  uri_too_long: [414, 'The address is too long'],
  unprocessable_field: [422, 'A field asks for what can not be'],
  precondition_required: [428, 'The change must name the version it is made to, in If-Match'],
  precondition_failed: [412, 'It has changed since that version'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'That method is not allowed here'],
  // who asks
  unauthenticated: [401, 'A valid API key is required'],
  forbidden: [403, 'This key may not do that'],
  step_up_required: [403, 'Prove once more who you are: POST /v1/administrators/confirm, then ask again'],
  too_many_unknown_keys: [429, 'Too many keys that nobody has came from this address'],
  // idempotency
  idempotency_key_reused: [422, 'This Idempotency-Key was used for another request'],
  // sessions
  application_not_found: [404, 'No such application is registered'],
  session_not_found: [404, 'There is no such session'],
  subject_barred: [403, 'The subject may not sign in'],
  device_quarantined: [403, 'The device is quarantined'],
  session_limit_reached: [403, 'The subject has as many sign-ins or sessions as policy allows'],
  authenticated_before_revocation: [403, 'This authentication was revoked; sign in again'],
  session_ended: [409, 'That session has ended and stays ended'],
  sid_taken: [409, "That sid belongs to another subject's session"],
  reauthentication_required: [403, 'This authentication is older than policy allows; sign in again'],
  authenticated_in_future: [422, 'authenticatedAt lies in the future'],
  // subjects and devices
  subject_protected: [409, 'The subject is on the never-kill list'],
  owner_unfit: [422, 'It can not be the owner'],
  subject_not_protected: [404, 'The subject is not on the never-kill list'],
  subject_not_found: [404, 'There is no such subject'],
  device_not_found: [404, 'There is no such device'],
  group_not_found: [404, 'Nobody is in such a group'],
  identifier_taken: [409, 'An identifier belongs to another subject'],
  // revocations
  revocation_not_found: [404, 'There is no such revocation'],
  plan_outdated: [409, 'More sessions would end than the plan showed'],
  plan_invalid: [422, 'The plan token is not one of this target, or has expired'],
  approval_not_found: [404, 'There is no such kill that takes a second person'],
  approval_decided: [409, 'That kill was decided on before, or has waited too long'],
  own_revocation: [403, 'Somebody else has to approve it, with a key from before it was asked for'],
  bar_not_found: [404, 'No such bar stands'],
  target_not_barrable: [422, 'Only a subject or a device can be barred'],
  // signals
  signal_not_found: [404, 'There is no such signal'],
  event_id_reused: [422, 'The source used this event id for another event'],
  signal_not_replayable: [409, 'Only a signal that came to nothing can be handed on again'],
  signal_type_forbidden: [403, 'This source may not tell that'],
  guard_not_found: [404, 'No guard is set for that source'],
  hold_not_found: [404, 'There is no such hold'],
  hold_decided: [409, 'Somebody has decided on that hold before'],
  source_not_found: [404, 'There is no such source'],
  source_exists: [409, 'A source of that name exists'],
  webhook_unauthenticated: [401, 'The webhook is not signed by its source'],
  payload_unmappable: [422, 'The payload can not be mapped to signals'],
  transmitter_not_found: [404, 'There is no such transmitter'],
  transmitter_exists: [409, 'A transmitter of that name exists'],
  transmitter_undiscoverable: [422, 'What the transmitter says of itself can not be read'],
  transmitter_refused: [422, 'The transmitter did not do what it was asked for'],
  stream_not_set_up: [409, 'No stream is set up at the transmitter'],
  // security event tokens (RFC 8935 §2.3 has a form of its own: the code without its first word is its `err`)
  set_invalid_request: [400, 'It is no security event token that is taken here'],
  set_invalid_key: [400, 'It is signed with a key that is not known'],
  set_invalid_issuer: [400, 'It is not from the transmitter of this stream'],
  set_invalid_audience: [400, 'It is not for the receiver of this stream'],
  set_authentication_failed: [400, 'Its sender is not known'],
  set_access_denied: [400, 'Its sender may not tell that'],
  set_invalid_state: [400, 'It answers a verification that nobody asked for'],
  // shifts
  shift_not_found: [404, 'There is no such shift'],
  calendar_unreadable: [422, 'The calendar can not be read'],
  duty_not_found: [404, 'There is no such duty'],
  duty_over: [409, 'The duty is over'],
  extension_not_found: [404, 'Nobody has asked for more time for that duty'],
  extension_decided: [409, 'Somebody has decided on that extension before'],
  extension_of_ones_own: [403, 'Somebody else must decide than who asked'],
  // SCIM (RFC 7644 §3.12 has a form of its own)
  scim_invalid: [400, 'The SCIM request is not valid'],
  scim_conflict: [409, 'Another resource has that name'],
  scim_resource_not_found: [404, 'There is no such resource'],
  scim_version_mismatch: [412, 'The resource has changed since'],
  scim_not_implemented: [501, 'That is not supported'],
  scim_filter_forbidden: [403, 'Schemas and the like can not be filtered'],
  // applications and deliveries
  application_exists: [409, 'An application of that client id is registered'],
  application_has_sessions: [409, 'The application has live sessions'],
  destination_forbidden: [422, 'The address is private, or leads to a private one'],
  destination_unresolvable: [422, 'The address can not be resolved'],
  insecure_destination: [422, 'The address must be https'],
  delivery_not_found: [404, 'There is no such delivery'],
  // tenants, keys and policies
  tenant_exists: [409, 'A tenant of that id exists'],
  tenant_not_found: [404, 'There is no such tenant'],
  key_not_found: [404, 'There is no such API key'],
  policy_not_found: [404, 'There is no such policy, or no such version of it'],
  enforcement_not_found: [404, 'There is no such enforcement'],
  looser_than_default: [409, "An override that is not exact is looser than the organisation's default"],
  last_owner: [409, 'The tenant would have no owner left'],
  role_not_grantable: [403, 'This key may not give that role'],
  // administrators
  administrator_sign_in_not_set: [404, 'No sign-in through a provider of its own is set up for this organisation'],
  provider_unreachable: [503, "The organisation's sign-in provider does not answer"],
  sign_in_expired: [400, 'This sign-in took too long, or was begun elsewhere; begin again'],
  sign_in_refused: [403, "The organisation's sign-in provider did not confirm this sign-in"],
  no_console_role: [403, 'The organisation gave this person no role at the console'],
  other_person: [403, 'Somebody else proved who they are'],
  logout_token_invalid: [400, 'It is no valid logout token'],
  // sign-in policies
  sign_in_policy_not_found: [404, 'There is no such sign-in policy'],
  sign_in_rule_not_found: [404, 'The sign-in policy has no such rule'],
  sign_in_profile_not_found: [404, 'There is no such sign-in profile'],
  sign_in_profile_exists: [409, 'A sign-in profile of that name exists'],
  sign_in_profile_in_use: [409, 'A rule names that sign-in profile'],
  default_sign_in_policy: [409, 'The Default Sign-In Policy covers everyone, comes last and stays'],
  sign_in_limit_reached: [409, 'The tenant has as many sign-in policies and rules, or names in them, as it may'],
  // the service
  unavailable: [503, 'Not available right now; try again'],
  internal: [500, 'Something went wrong here'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** A refusal that the caller is told. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    readonly detail?: string,
    readonly more: { readonly errors?: readonly FieldError[]; readonly [extension: string]: unknown } = {},
  ) {
    super(detail ?? PROBLEMS[code][1]);
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** The RFC 9457 document. */
  toJSON(): Record<string, unknown> {
    return {
      type: `urn:curfew:problem:${this.code}`,
      title: PROBLEMS[this.code][1],
      status: this.status,
      code: this.code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...this.more,
    };
  }
}

const atFault =
  (code: ProblemCode) =>
  (field: string, message: string): Problem =>
    new Problem(code, `${field} ${message}`, { errors: [{ field, message }] });

export const invalidField = atFault('invalid_field');
/** Of its form, but not to be fulfilled. */
export const unprocessableField = atFault('unprocessable_field');
