import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import * as Type from 'typebox';
import { BearerFiles, ownFolder, signForBearer } from '../../cookies/cookies.ts';
import { refuseOrigin } from '../../http/bearer.ts';
import { route } from '../../http/route.ts';
import { admit } from '../../provider/login.ts';
import type { Deps } from '../../wiring/deps.ts';
import { hashToken } from '../secret-token.ts';

/** Longer than an ID token is accepted, by every clock. */
const REPLAY_SECONDS = 60 * 60;

const OAUTH = 'urn:ietf:params:oauth' as const;
const ACCESS_TOKEN = `${OAUTH}:token-type:access_token` as const;

const Body = Type.Object({
  grant_type: Type.Literal(`${OAUTH}:grant-type:token-exchange`),
  subject_token: Type.String({
    maxLength: 16_384,
    description:
      'An ID token for one of `NATIVE_CLIENT_IDS`, at most five minutes old. It is good for one use.',
  }),
  subject_token_type: Type.Literal(`${OAUTH}:token-type:id_token`),
  nonce: Type.Optional(Type.String({ maxLength: 1_024, description: 'If the ID token has one: the same.' })),
});

const Answer = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  issued_token_type: Type.Literal(ACCESS_TOKEN),
  expires_in: Type.Integer({ description: 'Seconds until the session ends, however much it is used.' }),
  files: BearerFiles,
});

/**
 * `POST /auth/token` (RFC 8693): a session begins for a client that is no browser. It is a session as any other, and
 * holds no token of the provider.
 */
export const tokenRoute = route({
  method: 'POST',
  url: '/auth/token',
  operation: 'token',
  summary: 'Gives a session for an ID token of a client that is no browser',
  caller: 'anybody',
  takesForm: true,
  problems: [
    ...(['invalid_request', 'login_expired', 'cross_origin', 'not_allowed'] as const),
    ...(['user_id_unusable', 'user_id_taken', 'too_many_logins', 'provider_unavailable'] as const),
    ...(['store_unavailable', 'signing_unavailable', 'clock_wrong'] as const),
  ],
  // An ID token that is refused costs a signature, and the next one with an unknown key a question to the provider.
  limit: { refusalsThatBlock: 1 },
  body: Body,
  answers: { 200: Answer },
  beforeBody: async ({ request }) => refuseOrigin(request),
  onError(error) {
    const isOfForm =
      !(error instanceof GatewayError) && 'statusCode' in error && Number(error.statusCode) < 500;
    const detail = `The request cannot be read: ${error.message}.`;
    return isOfForm ? new GatewayError('invalid_request', { detail, cause: error }) : error;
  },
  async handler({ deps, request, body: { subject_token: rawToken, nonce }, audit }) {
    // By a wrong clock, a valid token has expired.
    deps.clockGuard.check();
    let userId: UserId | undefined;
    try {
      const identity = await deps.identityProvider.readNativeToken(rawToken, nonce);
      userId = admit(identity, deps.config);
      await useOnce(rawToken, deps);
      const userAgent = request.headers['user-agent'];
      const begun = await deps.sessions.begin({ userId, identity, userAgent, isBearer: true });
      const { files } = await signForBearer(ownFolder(begun.current), deps);
      await begun.told;
      audit('login', { userId });
      return {
        access_token: begun.token,
        token_type: 'Bearer' as const,
        issued_token_type: ACCESS_TOKEN,
        expires_in: begun.current.session.expiresAtEpoch - nowEpoch(deps),
        files,
      };
    } catch (error) {
      if (error instanceof GatewayError) audit('login_refused', { code: error.code, userId });
      throw error;
    }
  },
});

/**
 * A signature can be written in other ways, and the text before it cannot. So that text is what is used once.
 * @throws GatewayError invalid_request
 */
async function useOnce(rawToken: string, deps: Deps): Promise<void> {
  const signed = rawToken.slice(0, rawToken.lastIndexOf('.'));
  if (await deps.once.useOnce(hashToken(signed), nowEpoch(deps) + REPLAY_SECONDS)) return;
  throw new GatewayError('invalid_request', {
    detail: 'This subject_token was used before. Ask the provider for a new ID token.',
  });
}
