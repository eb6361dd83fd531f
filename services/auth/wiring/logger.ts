import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { FastifyRequest, FastifyServerOptions } from 'fastify';
import type { FailedItem } from '../edge/failures.ts';
import type { ClockGuard } from '../table/clock.ts';

/**
 * Logs as JSON lines. The lines hold nothing that opens anything. Only method, path and client address of a request are
 * written: queries hold codes and states, and headers hold cookies. Only the kind and the place of an error are
 * written: libraries attach the request, the answer or the token to an error.
 */
export const LOGGER: Exclude<FastifyServerOptions['logger'], boolean | undefined> = {
  level: 'info',
  serializers: {
    req: (request: FastifyRequest) => ({
      method: request.method,
      path: request.url.split('?')[0],
      remoteAddress: request.ip,
    }),
    err: (error: unknown) => describeError(error),
  },
};

/** The message for a revocation that is kept, but has not reached the edge. */
export const EDGE_NOT_TOLD = 'the edge could not be told of a revocation; it will be told later';

/** The message for files of a deleted team that could not be deleted, with the `teamId`. */
export const TEAM_NOT_DELETED = 'the files of a deleted team could not be deleted; it will be tried again';

/** The message for a table of details that failed. The request went on without details. */
export const DETAILS_FAILED = 'the table of details failed; the request goes on without';

/** The part of a pino logger that these need. */
interface SideLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The log of the app, which may not be there yet. */
export type FailureLog = () => Pick<SideLog, 'error'>;

/** Writes what fails beside the requests. Each is tried again, or does not matter. */
export function failureLogs(log: FailureLog) {
  return {
    onEdgeError: (err: unknown, failed?: FailedItem) => log().error({ ...failed, err }, EDGE_NOT_TOLD),
    onDeletionError: (err: unknown, teamId: string) => log().error({ teamId, err }, TEAM_NOT_DELETED),
    onDetailsError: (err: unknown) => log().error({ err }, DETAILS_FAILED),
  };
}

/** The messages of a clock that is wrong, and of one that is right again, with the `seconds` that it is ahead. */
export const CLOCK_WRONG = 'the clock of this machine is wrong; nothing is signed or written until it is set';
const CLOCK_RIGHT = 'the clock of this machine is right again';

/** Writes each change between a right and a wrong clock. */
export function logClock(guard: Pick<ClockGuard, 'onChange'>, log: SideLog): void {
  guard.onChange((seconds) =>
    seconds === 0 ? log.info({ seconds }, CLOCK_RIGHT) : log.error({ seconds }, CLOCK_WRONG),
  );
}

/** The message of the schedule's function at the end of each run, with `untoldSeconds` and `storeBytes`. */
export const EDGE_STATE = 'the edge as it was left';

/** The most causes of an error that are followed. */
const MAX_DEPTH = 5;

type ErrorDescription = {
  type: string;
  message: string;
  stack: string;
  code?: string;
  error?: string;
  cause?: ErrorDescription;
};

/** @param error whatever was thrown */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: '' };
  const { cause } = error;
  return {
    type: error.name,
    // V8 quotes the text that it could not parse, and this text may be a provider's answer.
    message: error instanceof SyntaxError ? '' : error.message,
    stack: (error.stack ?? '').split('\n').filter(isFrame).join('\n'),
    ...codesOf(error),
    ...(cause instanceof Error && depth < MAX_DEPTH ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** `code` of Node, and `error` of OAuth (RFC 6749, section 5.2), if they look like codes. */
function codesOf(error: object): { code?: string; error?: string } {
  const word = (value: unknown) =>
    typeof value === 'string' && /^\w{1,64}$/.test(value) ? value : undefined;
  return defined({
    code: 'code' in error ? word(error.code) : undefined,
    error: 'error' in error ? word(error.error) : undefined,
  });
}

function isFrame(line: string): boolean {
  return line.startsWith('    at ');
}

/** How long a line waits for other lines. A write for each line would cost more than everything else about the line. */
const WAIT_MS = 50;
/** How many UTF-16 units may wait before they are written. */
const MAX_WAITING = 65_536;

/** The place where pino writes its lines, with a way to write the lines that still wait. */
interface LogDestination {
  write(line: string): void;
  flush(): void;
}

/**
 * Collects the lines of a log, and writes them every 50 ms. An audit event, a warning or an error is written at once,
 * together with the lines before it.
 * @param write has written the text when it returns
 */
export function createLogDestination(write: (text: string) => void): LogDestination {
  let waiting = '';

  function flush(): void {
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    write(text);
  }

  return {
    write(line) {
      waiting += line;
      const isCommon = line.startsWith('{"level":30,') && !line.includes('"audit":true');
      if (!isCommon || waiting.length >= MAX_WAITING) flush();
      else if (waiting === line) setTimeout(flush, WAIT_MS);
    },
    flush,
  };
}
