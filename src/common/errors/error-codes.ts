/**
 * Every code that an error of ours can have: stable, because clients and `retry.never_on` name them.
 * `status` is what HTTP callers get; `retryable` says whether a step that failed so may succeed when
 * tried again as it is.
 */
export const ERROR_CODES = {
  // What a caller of the API did.
  INVALID_REQUEST: { status: 400, retryable: false },
  UNAUTHENTICATED: { status: 401, retryable: false },
  FORBIDDEN: { status: 403, retryable: false },
  NOT_FOUND: { status: 404, retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false },
  CONFLICT: { status: 409, retryable: false },
  PRECONDITION_FAILED: { status: 412, retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false },
  UNPROCESSABLE: { status: 422, retryable: false },
  RATE_LIMITED: { status: 429, retryable: true },
  INTERNAL: { status: 500, retryable: false },
  UNAVAILABLE: { status: 503, retryable: true },

  // Why a step failed. They reach HTTP only through the call of a single component.
  INVALID_INPUT: { status: 400, retryable: false },
  EXPRESSION_ERROR: { status: 422, retryable: false },
  EXPRESSION_TOO_COSTLY: { status: 422, retryable: false },
  SECRET_NOT_FOUND: { status: 422, retryable: false },
  UNKNOWN_TOOL: { status: 422, retryable: false },
  TOOL_HELD: { status: 422, retryable: false },
  TOOL_ERROR: { status: 502, retryable: true },
  CONNECTION_FAILED: { status: 502, retryable: true },
  PROTOCOL_ERROR: { status: 502, retryable: true },
  UNEXPECTED_STATUS: { status: 502, retryable: true },
  EGRESS_DENIED: { status: 422, retryable: false },
  MODEL_OUTPUT_INVALID: { status: 502, retryable: true },
  TURN_LIMIT: { status: 422, retryable: false },
  SCRIPT_ERROR: { status: 422, retryable: true },
  OUT_OF_MEMORY: { status: 422, retryable: false },
  OUTPUT_INVALID: { status: 502, retryable: true },
  OUTPUT_TOO_LARGE: { status: 422, retryable: false },
  TIMEOUT: { status: 504, retryable: true },
  CANCELLED: { status: 409, retryable: false },
  WORKER_LOST: { status: 500, retryable: true },
  REJECTED: { status: 422, retryable: false },
  STEP_FAILED: { status: 422, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;
