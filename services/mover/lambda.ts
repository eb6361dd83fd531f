import process from 'node:process';
import { DETAILS_FAILED, describeError, EDGE_NOT_TOLD } from '@cloudfront-cookie-gateway/auth/wiring/logger';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { createMoverDeps, moverSettings } from './deps.ts';
import { answer, isInBackground } from './mover.ts';

const deps = createMoverDeps(moverSettings(process.env), {
  onEdgeError: (error, failed) => logError(EDGE_NOT_TOLD, { ...failed, err: describeError(error) }),
  onDetailsError: (error) => logError(DETAILS_FAILED, { err: describeError(error) }),
});

/**
 * The service calls this by Lambda's Invoke, and nobody else may. An error comes back as its code and its words. Its
 * cause stays in the log.
 * @returns the answer of its operation, or the error that the service throws instead
 * @throws GatewayError for what goes on in the background
 */
export async function handler(event: unknown): Promise<object> {
  try {
    return { answer: (await answer(deps, event)) ?? null };
  } catch (error) {
    const known = error instanceof GatewayError ? error : new GatewayError('internal', { cause: error });
    const { code, message: detail, members, cause } = known;
    if (cause !== undefined) logError('failed', { code, err: describeError(cause) });
    // Lambda counts the error, and tries again.
    if (isInBackground(event)) throw known;
    return { code, detail, members };
  }
}

/** Writes a line in the form of the service's log, of the level of errors. */
function logError(msg: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ level: 50, time: Date.now(), ...more, msg })}\n`);
}
