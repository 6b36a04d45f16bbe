import { randomBytes } from 'node:crypto';

import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import { ApiKeyVerifier } from '../common/auth/api-key-verifier';
import type { CallerKey } from '../common/auth/caller-key';
import { CREDENTIAL_CACHE_MS, CredentialCache } from '../common/auth/credential-cache';
import type { RequestSession } from '../common/auth/request-session';
import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { ListenHub } from '../database/listen-hub';
import { SESSION_LIFETIME_MS, TOKEN_LIFETIME_MS } from './session-times';
import { readSessionToken, type SessionClaims, signSessionToken } from './session-token';
import { type SessionRecord, SessionRepository } from './session.repository';
import { SESSIONS_CHANNEL } from './sessions-channel';
import { SigningKeys } from './signing-keys.service';

/** Nobody guesses 128 bits. */
const CSRF_TOKEN_BYTES = 16;

/** A session with the token that acts for it until it ends. */
export interface GrantedSession {
  readonly record: Pick<SessionRecord, 'id' | 'endsAt'>;
  readonly claims: SessionClaims;
  readonly token: string;
}

/** Begins, refreshes and ends sessions, and tells whose a token is. */
@Injectable()
export class SessionService implements OnModuleInit, OnModuleDestroy {
  private readonly cache = new CredentialCache<SessionRecord>(CREDENTIAL_CACHE_MS);
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly sessions: SessionRepository,
    private readonly signingKeys: SigningKeys,
    private readonly verifier: ApiKeyVerifier,
    private readonly hub: ListenHub,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const forget = (): void => {
      this.forgetAll();
    };
    this.unsubscribe = this.hub.subscribe(SESSIONS_CHANNEL, { onNotify: forget, onReconnect: forget });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /**
   * Begins a session that acts for a key.
   *
   * @param keyHash of the key's text that was sent: when that text ends, so does the session
   * @param forCookie whether a browser will carry it, so that its page must send a token of its own along
   */
  async begin(caller: CallerKey, keyHash: Buffer, forCookie: boolean): Promise<GrantedSession> {
    const createdAt = this.clock.now();
    const endsAt = new Date(createdAt.getTime() + SESSION_LIFETIME_MS);
    const record = { id: uuidV7(), apiKeyId: caller.id, keyHash, createdAt, endsAt };
    await this.sessions.insert(record);
    return this.grant(record, forCookie ? randomBytes(CSRF_TOKEN_BYTES).toString('base64url') : null);
  }

  /** Gives a living session another token, the last of which ends with the session. */
  async refresh({ id, csrfToken }: RequestSession): Promise<GrantedSession> {
    const record = await this.sessions.find(id);
    if (record === null) throw endedSession();
    return this.grant(record, csrfToken);
  }

  /** The session itself, for showing. */
  async get(id: string): Promise<SessionRecord> {
    const record = await this.sessions.find(id);
    if (record === null) throw endedSession();
    return record;
  }

  async end(id: string): Promise<void> {
    await this.sessions.delete(id);
    // The notification comes a moment after the answer; in this process the session ends before it.
    this.forgetAll();
  }

  /** Ends every session of every key. */
  async endAll(): Promise<void> {
    await this.signingKeys.replaceAll();
    this.forgetAll();
  }

  /** What a token says and whose key it acts for; null when it was not made here, or has ended, or its key has. */
  async resolve(
    token: string,
  ): Promise<{ readonly caller: CallerKey; readonly claims: SessionClaims } | null> {
    const now = this.clock.now();
    const claims = await readSessionToken(token, (id) => this.signingKeys.find(id), now);
    if (claims === null) return null;
    const session = await this.cache.get(claims.sessionId, () => this.sessions.find(claims.sessionId));
    if (session === null || session.endsAt <= now) return null;
    const caller = await this.verifier.verifyHash(session.keyHash);
    return caller === null ? null : { caller, claims };
  }

  private async grant(record: SessionRecord, csrfToken: string | null): Promise<GrantedSession> {
    const issuedAt = this.clock.now();
    const endsAt = new Date(Math.min(issuedAt.getTime() + TOKEN_LIFETIME_MS, record.endsAt.getTime()));
    const claims = { sessionId: record.id, apiKeyId: record.apiKeyId, csrfToken, issuedAt, endsAt };
    return { record, claims, token: await signSessionToken(claims, await this.signingKeys.current()) };
  }

  private forgetAll(): void {
    this.cache.forgetAll();
    this.signingKeys.forgetAll();
  }
}

/** For requests whose session has ended, or never was. */
export function endedSession(): AppError {
  return new AppError('UNAUTHENTICATED', 'The session has ended: begin another one with an API key');
}
