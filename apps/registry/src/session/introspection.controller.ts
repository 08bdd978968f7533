import { Allow, Caller, type Principal } from '@curfew/runtime';
import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import { CheckSession } from './check-session.js';
import { IntrospectDto } from './session.dto.js';

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
  @Allow('tokens:introspect')
  async introspect(@Caller() caller: Principal, @Body() { token, client_id }: IntrospectDto): Promise<Introspection> {
    const { tenant } = caller;
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
