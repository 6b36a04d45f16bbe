import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { hashApiKey } from '../api-keys/api-key-format';
import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { presentedCredential } from '../common/auth/presented-credential';
import type { RequestSession } from '../common/auth/request-session';
import { NO_SCOPE, RequireScope } from '../common/auth/require-scope.decorator';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { CurrentSession } from './current-session.decorator';
import { BeginSessionDto } from './dto/begin-session.dto';
import { GrantedSessionResponse, SessionResponse } from './dto/session.response';
import { giveToken, takeCookie, toSessionResponse } from './session-answer';
import { SessionService } from './session.service';

@ApiTags('Sessions')
@Controller('auth')
@RequireScope(NO_SCOPE)
export class SessionController {
  constructor(private readonly sessions: SessionService) {}

  @Post('session')
  @Idempotent()
  @ApiOperation({
    operationId: 'beginSession',
    summary: 'Begin a session that acts for the API key that is sent',
    description:
      'Its token is good for 15 minutes and can be refreshed until 12 hours after the beginning. It ends with the key.',
  })
  @ApiBody({ type: BeginSessionDto, required: false })
  @ApiCreatedResponse({ type: GrantedSessionResponse })
  async begin(
    @Body() { cookie = false }: BeginSessionDto,
    @CurrentKey() caller: CallerKey,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<GrantedSessionResponse> {
    const credential = presentedCredential(request);
    if (credential?.kind !== 'api_key') {
      throw new AppError('FORBIDDEN', 'A session is begun with an API key; refresh the one that you have');
    }
    const granted = await this.sessions.begin(caller, hashApiKey(credential.text), cookie);
    return giveToken(caller, granted, request, response);
  }

  @Get('session')
  @ApiOperation({ operationId: 'getSession', summary: 'Get the session that the request came with' })
  @ApiOkResponse({ type: SessionResponse })
  async get(
    @CurrentSession() session: RequestSession,
    @CurrentKey() caller: CallerKey,
  ): Promise<SessionResponse> {
    const { endsAt } = await this.sessions.get(session.id);
    const { id, tokenEndsAt: expiresAt, csrfToken } = session;
    return toSessionResponse(caller, { id, expiresAt, endsAt, csrfToken });
  }

  @Post('session/refresh')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'refreshSession',
    summary: 'Get another token for the session that the request came with',
    description: 'The token that it came with is good until its own end.',
  })
  @ApiOkResponse({ type: GrantedSessionResponse })
  async refresh(
    @CurrentSession() session: RequestSession,
    @CurrentKey() caller: CallerKey,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<GrantedSessionResponse> {
    return giveToken(caller, await this.sessions.refresh(session), request, response);
  }

  @Delete('session')
  @ApiOperation({ operationId: 'endSession', summary: 'End the session that the request came with' })
  @ApiOkResponse({ type: MessageResponse })
  async end(
    @CurrentSession() session: RequestSession,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MessageResponse> {
    await this.sessions.end(session.id);
    if (session.from === 'cookie') takeCookie(request, response);
    return { message: 'Session ended successfully' };
  }

  @Delete('sessions')
  @RequireScope('admin')
  @ApiOperation({
    operationId: 'endAllSessions',
    summary: 'End every session of every key',
    description: 'The key that signs their tokens is replaced too: the way out when one may have leaked.',
  })
  @ApiOkResponse({ type: MessageResponse })
  async endAll(): Promise<MessageResponse> {
    await this.sessions.endAll();
    return { message: 'All sessions ended successfully' };
  }
}
