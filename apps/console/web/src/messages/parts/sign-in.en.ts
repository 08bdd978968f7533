export const signInEn = {
  'signIn.title': 'Sign in to Curfew',
  'signIn.tenant': 'Organisation',
  'signIn.provider': 'Sign in with your organisation',
  'signIn.byKey': 'Use an API key instead',
  'signIn.key': 'API key',
  'signIn.key.hint':
    'The key of a person: owner, admin, responder, auditor or read-only. It is kept encrypted on the server, never in this browser.',
  'signIn.submit': 'Sign in',
  'signIn.link': 'Signing you in…',
  'signIn.refused.key':
    'That key opens no console. It may be mistyped, revoked or expired, or belong to an application.',
  'signIn.refused.link': 'That link was used already, or is older than 15 minutes. Ask for a new one.',
  'signIn.refused.administrator_sign_in_not_set':
    'This organisation has no sign-in of its own set up. Check its name, or use an API key.',
  'signIn.refused.provider_unreachable': "Your organisation's sign-in provider does not answer. Try again in a moment.",
  'signIn.refused.sign_in_expired': 'This sign-in took too long, or was begun in another window. Begin again.',
  'signIn.refused.sign_in_refused': "Your organisation's sign-in provider did not confirm this sign-in.",
  'signIn.refused.no_console_role':
    'You are signed in at your organisation, but have no role here. Ask an owner to map one of your groups to a role.',
  'signIn.refused.subject_barred': 'Your access was ended. Ask your organisation if you think this is wrong.',
  'signIn.refused.authenticated_before_revocation':
    'Your access was ended just now. Sign in at your organisation again.',
  'signIn.refused.session_limit_reached':
    'You have as many sign-ins as your organisation allows. Sign out somewhere else first.',
  'signIn.refused.application_not_found':
    'The console is not registered as an application of this organisation. An owner has to do that first.',
  'signIn.refused.unavailable': 'Curfew does not answer. Try again in a moment.',
  'signIn.refused.other_person': 'Somebody else signed in there than is signed in here.',
  'signIn.refused.other': 'You were not let in: {code}',
  'signIn.over.idle':
    'You were signed out because nothing happened for as long as your organisation allows. Sign in again to go on.',
  'signIn.over.too_long': 'You were signed out because a sign-in here lasts no longer. Sign in again to go on.',
  'signIn.over.key_refused': 'You were signed out because your key was revoked or has expired.',
  'signIn.over.ended': 'You were signed out: your organisation ended this session.',
  'provider.title': 'Sign-in of administrators',
  'provider.hint':
    'People sign in through your own OpenID Provider. Callback: {callback}. Back-channel logout: {logout}, to be given to the provider and to the application of the console here.',
  'provider.none': 'Not set up: administrators come in by API keys alone.',
  'provider.issuer': 'Issuer',
  'provider.clientId': 'Client id there',
  'provider.clientSecret': 'Client secret',
  'provider.clientSecret.kept': 'Left empty, it stays',
  'provider.application': 'Application of the console here',
  'provider.scope': 'Scopes',
  'provider.subjectClaim': 'Claim with the person’s id',
  'provider.rolesClaim': 'Claim with groups or roles',
  'provider.stepUpSeconds': 'Destructive acts take a sign-in of the last … seconds',
  'provider.stepUpAcr': 'Authentication context for confirmations',
  'provider.mappings': 'Who gets which role',
  'provider.mappings.value': 'Value of the claim',
  'provider.mappings.role': 'Role',
  'provider.mappings.add': 'Add a value',
  'provider.mappings.remove': 'Remove {value}',
  'provider.save': 'Save',
  'provider.saved': 'Saved. Who was signed in by what was there before signs in again.',
  'provider.changed': 'Somebody else changed it meanwhile. It was read again; make your change once more.',
} as const;
