import { invalidField } from '@curfew/contracts';
import { Allow, Caller, isPlainText, type Principal } from '@curfew/runtime';
import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import { CheckSession } from './check-session.js';
import { IntrospectDto } from './session.dto.js';

const LONGEST_TOKEN = 1024;

/** RFC 7662 §2.2, with the session's `sid` and when its person authenticated. */
type Introspection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly client_id: string;
      readonly sub: string;
      readonly sid: string;
      readonly iat: number;
      readonly auth_time: number;
      readonly exp: number;
    };

/** Token introspection (RFC 7662): the token is a session's `sid`. It never counts as activity. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('/oauth2')
export class IntrospectionController {
  constructor(private readonly checkSession: CheckSession) {}

  /** Whether a session goes on. Unknown, expired, revoked or somebody else's: `{"active": false}` and nothing more (§2.2). */
  @Post('introspect')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: IntrospectDto })
  @Allow('tokens:introspect')
  async introspect(@Caller() caller: Principal, @Body() form: unknown): Promise<Introspection> {
    const { tenant } = caller;
    const { token, client_id } = readForm(form);
    const clientId = caller.clientId ?? client_id;
    const checked = await this.checkSession.execute(
      clientId === undefined ? { tenant, sessionId: token } : { tenant, clientId, sid: token },
      false,
    );
    if (!checked.active) return { active: false };
    const { session } = checked;
    const seconds = (ms: number) => Math.floor(ms / 1000);
    const idleEnd = session.idleSeconds === null ? Infinity : session.lastActivityAtMs + session.idleSeconds * 1000;
    return {
      active: true,
      client_id: session.clientId,
      sub: session.subjectId,
      sid: session.sid,
      iat: seconds(session.openedAtMs),
      auth_time: seconds(session.authenticatedAtMs),
      exp: seconds(Math.min(session.absoluteExpiresAtMs, idleEnd)),
    };
  }
}

/**
 * Not by the pipe that checks bodies by their class: OAuth has unknown parameters ignored (RFC 6749 §3.2), and of this
 * one call, the hottest there is, that pipe takes a sixth.
 */
function readForm(form: unknown): IntrospectDto {
  const { token, client_id } = (form ?? {}) as Record<keyof IntrospectDto, unknown>;
  if (typeof token !== 'string' || token.length === 0 || token.length > LONGEST_TOKEN || !isPlainText(token))
    throw invalidField('token', `must be text of 1 to ${LONGEST_TOKEN} characters`);
  if (client_id !== undefined && (typeof client_id !== 'string' || !isPlainText(client_id)))
    throw invalidField('client_id', 'must be text');
  return { token, ...(client_id === undefined ? {} : { client_id }) };
}
