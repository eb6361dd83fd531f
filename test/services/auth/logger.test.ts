import fastify from 'fastify';
import t from 'tap';
import { audit } from '../../../services/auth/http/audit.ts';
import {
  CLOCK_WRONG,
  createLogDestination,
  describeError,
  failureLogs,
  LOGGER,
  logClock,
} from '../../../services/auth/logger.ts';

/** A logger as the service has it. Collects the messages of each write. */
function loggerWith(onWrite = () => {}) {
  const writes: string[][] = [];
  const destination = createLogDestination((text) => {
    writes.push(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).msg),
    );
    onWrite();
  });
  const { log } = fastify({ logger: { ...LOGGER, stream: destination } });
  return { log, writes, flush: destination.flush };
}

t.test('a clock that is wrong, and right again, has its lines', (t) => {
  const lines: [level: string, details: object, message: string][] = [];
  let tell = (_seconds: number) => {};
  const guard = {
    onChange: (listener: typeof tell) => {
      tell = listener;
    },
  };
  const write = (level: string) => (details: object, message: string) =>
    void lines.push([level, details, message]);
  logClock(guard, { info: write('info'), error: write('error') });
  for (const seconds of [62, 0]) tell(seconds);
  t.match(lines, [
    ['error', { seconds: 62 }, CLOCK_WRONG],
    ['info', { seconds: 0 }, 'the clock of this machine is right again'],
  ]);
  t.end();
});

t.test('lines of requests wait for one write, which comes by itself, again and again', async (t) => {
  let written = Promise.withResolvers<void>();
  const { log, writes } = loggerWith(() => written.resolve());
  for (const messages of [['first', 'second'], ['alone'], ['third', 'fourth', 'fifth']]) {
    written = Promise.withResolvers();
    writes.length = 0;
    for (const message of messages) log.info({ operation: 'refresh' }, message);
    t.strictSame(writes, [], messages[0] ?? '');
    await written.promise;
    t.strictSame(writes, [messages]);
  }
});

t.test('audit events, warnings and errors are written at once, after the lines that wait', (t) => {
  const { log, writes } = loggerWith();
  log.info('answered');
  audit(log, 'login', { userId: 'somebody' });
  t.strictSame(writes, [['answered', 'audit']]);
  log.warn('a warning');
  log.info('answered');
  log.error(new Error('gone'), 'an error');
  t.strictSame(writes.slice(1), [['a warning'], ['answered', 'an error']]);
  t.end();
});

t.test('at the end every line is written, and none twice', (t) => {
  const { log, writes, flush } = loggerWith();
  log.info('last');
  flush();
  flush();
  t.strictSame(writes, [['last']]);
  t.end();
});

t.test('the lines that wait are bounded', (t) => {
  const writesOf = (units: number) => {
    const writes: string[] = [];
    const { write, flush } = createLogDestination((text) => writes.push(text));
    const line = '{"level":30,"msg":"short"}\n';
    write(line);
    write(line + 'x'.repeat(units - 2 * line.length));
    const lengths = writes.map(({ length }) => length);
    flush();
    return lengths;
  };
  t.strictSame(writesOf(65_535), []);
  t.strictSame(writesOf(65_536), [65_536]);
  t.end();
});

t.test('what fails beside the requests is an error, with the item, and nothing of what was thrown', (t) => {
  const lines: object[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const { log } = fastify({ logger: { ...LOGGER, stream } });
  const { onEdgeError, onDeletionError, onDetailsError } = failureLogs(() => log);
  onEdgeError(new Error('one'), { step: 'full', userId: 'ann' });
  onEdgeError(new Error('two'));
  onDeletionError(new Error('three'), 'team');
  onDetailsError('a secret in place of an error');
  const err = (message: string) => ({ type: 'Error', message, stack: /^ {4}at / });
  t.match(lines, [
    { level: 50, msg: /^the edge could not be told/, step: 'full', userId: 'ann', err: err('one') },
    { level: 50, msg: /^the edge could not be told/, err: err('two') },
    { level: 50, msg: /^the files of a deleted team/, teamId: 'team', err: err('three') },
    { level: 50, msg: /^the table of details failed/, err: { type: 'string', message: '', stack: '' } },
  ]);
  t.notMatch(JSON.stringify(lines), 'a secret');
  t.end();
});

t.test('an error has its causes, five at most, and codes that look like codes', (t) => {
  const chain = (length: number): Error =>
    new Error(`${length}`, length > 0 ? { cause: chain(length - 1) } : {});
  const messages = (error?: { message: string; cause?: ReturnType<typeof describeError> }): string[] =>
    error ? [error.message, ...messages(error.cause)] : [];
  t.strictSame(messages(describeError(chain(9))), ['9', '8', '7', '6', '5', '4']);
  t.strictSame(messages(describeError(chain(2))), ['2', '1', '0']);
  const codes = (more: object) => {
    const { code, error } = describeError(Object.assign(new Error('x'), more));
    return [code, error];
  };
  t.strictSame(codes({ code: 'ECONNREFUSED', error: 'invalid_grant' }), ['ECONNREFUSED', 'invalid_grant']);
  t.strictSame(codes({ code: 'a'.repeat(64), error: 'a'.repeat(65) }), ['a'.repeat(64), undefined]);
  t.strictSame(codes({ code: 7, error: 'two words' }), [undefined, undefined]);
  t.strictSame(codes({ code: '', error: 'word!' }), [undefined, undefined]);
  const parsing = describeError(new SyntaxError('Unexpected token in "a token"'));
  t.strictSame([parsing.type, parsing.message], ['SyntaxError', '']);
  const { stack } = describeError(
    Object.assign(new Error('x'), { stack: 'Error: a secret\n    at here\n    at there' }),
  );
  t.equal(stack, '    at here\n    at there');
  t.end();
});
