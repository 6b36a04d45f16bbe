import { type CustomDecorator, SetMetadata } from '@nestjs/common';

/** Where `ApiKeyGuard` looks whether an answer must not outlive its credential. */
export const ENDS_WITH_CREDENTIAL_KEY = 'endsWithCredential';

/** For answers that go on for as long as the caller listens: they end soon after the key, session or token that asked. */
export const EndsWithCredential = (): CustomDecorator => SetMetadata(ENDS_WITH_CREDENTIAL_KEY, true);
