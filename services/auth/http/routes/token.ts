import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { admit } from '../../domain/admit.ts';
import type { Identity } from '../../domain/ports.ts';
import { hashToken } from '../../domain/secret-token.ts';
import { audit } from '../audit.ts';
import { refuseOrigin } from '../bearer.ts';
import type { Deps, Scope } from '../context.ts';
import { BearerFiles, ownFolder, signForBearer } from '../cookies.ts';
import { logLeftOut } from '../left-out.ts';
import { FORM } from '../schemas.ts';

/** Longer than an ID token is accepted, by every clock. */
const REPLAY_SECONDS = 60 * 60;

const OAUTH = 'urn:ietf:params:oauth';
const ACCESS_TOKEN = `${OAUTH}:token-type:access_token`;

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
export function tokenRoute(
  app: Scope,
  deps: Pick<
    Deps,
    'clock' | 'clockGuard' | 'config' | 'cookieIssuer' | 'identityProvider' | 'once' | 'sessions'
  >,
): void {
  app.post(
    '/auth/token',
    {
      schema: { body: Body, response: { 200: Answer } },
      config: {
        operation: 'token',
        bodyType: FORM,
        summary: 'Gives a session for an ID token of a client that is no browser',
        problems: [
          ...(['invalid_request', 'login_expired', 'cross_origin', 'not_allowed'] as const),
          ...(['user_id_unusable', 'user_id_taken', 'too_many_logins', 'provider_unavailable'] as const),
          ...(['store_unavailable', 'signing_unavailable', 'clock_wrong'] as const),
        ],
      },
      onRequest: async (request) => refuseOrigin(request),
      errorHandler(error) {
        const isOfForm = !(error instanceof GatewayError) && Number(error.statusCode) < 500;
        const detail = `The request cannot be read: ${error.message}.`;
        throw isOfForm ? new GatewayError('invalid_request', { detail, cause: error }) : error;
      },
    },
    async (request) => {
      // By a wrong clock, a valid token has expired.
      deps.clockGuard.check();
      let userId: UserId | undefined;
      try {
        const { subject_token: rawToken, nonce } = request.body;
        const identity = await deps.identityProvider.readNativeToken(rawToken, nonce);
        userId = admit(identity, deps.config);
        await useOnce(rawToken, deps);
        return await begin(request, { userId, identity }, deps);
      } catch (error) {
        if (error instanceof GatewayError) audit(request.log, 'login_refused', { code: error.code, userId });
        throw error;
      }
    },
  );
}

type BeginDeps = Pick<Deps, 'clock' | 'config' | 'cookieIssuer' | 'sessions'>;

async function begin(
  request: FastifyRequest,
  { userId, identity }: { userId: UserId; identity: Identity },
  deps: BeginDeps,
): Promise<Type.Static<typeof Answer>> {
  const userAgent = request.headers['user-agent'];
  const login = { userId, identity, userAgent, isBearer: true };
  const { token, current, told, leftOut } = await deps.sessions.begin(login);
  logLeftOut(request.log, userId, leftOut);
  const { files } = await signForBearer(ownFolder(current), deps);
  await told;
  audit(request.log, 'login', { userId });
  return {
    access_token: token,
    token_type: 'Bearer',
    issued_token_type: ACCESS_TOKEN,
    expires_in: current.session.expiresAtEpoch - nowEpoch(deps),
    files,
  };
}

/**
 * A signature can be written in other ways, and the text before it cannot. So that text is what is used once.
 * @throws GatewayError invalid_request
 */
async function useOnce(rawToken: string, deps: Pick<Deps, 'clock' | 'once'>): Promise<void> {
  const signed = rawToken.slice(0, rawToken.lastIndexOf('.'));
  if (await deps.once.useOnce(hashToken(signed), nowEpoch(deps) + REPLAY_SECONDS)) return;
  throw new GatewayError('invalid_request', {
    detail: 'This subject_token was used before. Ask the provider for a new ID token.',
  });
}
