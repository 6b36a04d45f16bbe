/** The session that a request came with. */
export interface RequestSession {
  readonly id: string;
  /** When its present token ends. */
  readonly tokenEndsAt: Date;
  /** How the token came, and so how the next one is given. */
  readonly from: 'header' | 'cookie';
  /** What a browser's page must send along to change anything; null for sessions that no cookie carries. */
  readonly csrfToken: string | null;
}
