import type { signInEn } from './sign-in.en';

export const signInDe: Readonly<Record<keyof typeof signInEn, string>> = {
  'signIn.title': 'Bei Curfew anmelden',
  'signIn.tenant': 'Organisation',
  'signIn.provider': 'Über Ihre Organisation anmelden',
  'signIn.byKey': 'Stattdessen mit API-Schlüssel',
  'signIn.key': 'API-Schlüssel',
  'signIn.key.hint':
    'Der Schlüssel einer Person: owner, admin, responder, auditor oder read-only. Er liegt verschlüsselt auf dem Server, nie in diesem Browser.',
  'signIn.submit': 'Anmelden',
  'signIn.link': 'Sie werden angemeldet …',
  'signIn.refused.key':
    'Dieser Schlüssel öffnet keine Konsole. Er ist vertippt, widerrufen oder abgelaufen, oder er gehört einer Anwendung.',
  'signIn.refused.link':
    'Dieser Link wurde schon benutzt oder ist älter als 15 Minuten. Lassen Sie sich einen neuen geben.',
  'signIn.refused.administrator_sign_in_not_set':
    'Für diese Organisation ist keine eigene Anmeldung eingerichtet. Prüfen Sie ihren Namen, oder nehmen Sie einen API-Schlüssel.',
  'signIn.refused.provider_unreachable':
    'Der Anmeldedienst Ihrer Organisation antwortet nicht. Versuchen Sie es gleich noch einmal.',
  'signIn.refused.sign_in_expired':
    'Diese Anmeldung hat zu lange gedauert oder begann in einem anderen Fenster. Beginnen Sie noch einmal.',
  'signIn.refused.sign_in_refused': 'Der Anmeldedienst Ihrer Organisation hat diese Anmeldung nicht bestätigt.',
  'signIn.refused.no_console_role':
    'Sie sind bei Ihrer Organisation angemeldet, haben hier aber keine Rolle. Bitten Sie einen Owner, eine Ihrer Gruppen einer Rolle zuzuordnen.',
  'signIn.refused.subject_barred':
    'Ihr Zugang wurde beendet. Fragen Sie Ihre Organisation, wenn Sie das für falsch halten.',
  'signIn.refused.authenticated_before_revocation':
    'Ihr Zugang wurde gerade beendet. Melden Sie sich bei Ihrer Organisation neu an.',
  'signIn.refused.session_limit_reached':
    'Sie haben so viele Anmeldungen, wie Ihre Organisation erlaubt. Melden Sie sich zuerst anderswo ab.',
  'signIn.refused.application_not_found':
    'Die Konsole ist bei dieser Organisation nicht als Anwendung registriert. Das muss zuerst ein Owner tun.',
  'signIn.refused.unavailable': 'Curfew antwortet nicht. Versuchen Sie es gleich noch einmal.',
  'signIn.refused.other_person': 'Dort hat sich jemand anderes angemeldet als hier.',
  'signIn.refused.other': 'Sie wurden nicht eingelassen: {code}',
  'signIn.over.idle':
    'Sie wurden abgemeldet, weil so lange nichts geschah, wie Ihre Organisation erlaubt. Melden Sie sich wieder an.',
  'signIn.over.too_long':
    'Sie wurden abgemeldet, weil eine Anmeldung hier nicht länger dauert. Melden Sie sich wieder an.',
  'signIn.over.key_refused': 'Sie wurden abgemeldet, weil Ihr Schlüssel widerrufen wurde oder abgelaufen ist.',
  'signIn.over.ended': 'Sie wurden abgemeldet: Ihre Organisation hat diese Sitzung beendet.',
  'provider.title': 'Anmeldung der Administratoren',
  'provider.hint':
    'Menschen melden sich über Ihren eigenen OpenID-Provider an. Callback: {callback}. Back-Channel-Logout: {logout}; das gehört dem Provider gesagt, und der Anwendung der Konsole hier.',
  'provider.none': 'Nicht eingerichtet: Administratoren kommen nur mit API-Schlüsseln herein.',
  'provider.issuer': 'Issuer',
  'provider.clientId': 'Client-ID dort',
  'provider.clientSecret': 'Client-Secret',
  'provider.clientSecret.kept': 'Leer gelassen bleibt es',
  'provider.application': 'Anwendung der Konsole hier',
  'provider.scope': 'Scopes',
  'provider.subjectClaim': 'Claim mit der ID der Person',
  'provider.rolesClaim': 'Claim mit Gruppen oder Rollen',
  'provider.stepUpSeconds': 'Zerstörerisches braucht eine Anmeldung der letzten … Sekunden',
  'provider.stepUpAcr': 'Authentifizierungskontext für Bestätigungen',
  'provider.mappings': 'Wer welche Rolle bekommt',
  'provider.mappings.value': 'Wert des Claims',
  'provider.mappings.role': 'Rolle',
  'provider.mappings.add': 'Wert hinzufügen',
  'provider.mappings.remove': '{value} entfernen',
  'provider.save': 'Speichern',
  'provider.saved': 'Gespeichert. Wer nach dem Bisherigen angemeldet war, meldet sich neu an.',
  'provider.changed': 'Jemand anders hat es inzwischen geändert. Es wurde neu gelesen; ändern Sie es noch einmal.',
};
