import fastify from 'fastify';
import t from 'tap';
import { audit } from '../../../services/auth/http/audit.ts';
import { createLogDestination, LOGGER } from '../../../services/auth/logger.ts';

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

t.test('lines of requests wait for one write, which comes by itself', async (t) => {
  let isWritten = () => {};
  const written = new Promise<void>((resolve) => {
    isWritten = resolve;
  });
  const { log, writes } = loggerWith(isWritten);
  log.info({ operation: 'refresh' }, 'first');
  log.info({ operation: 'refresh' }, 'second');
  t.strictSame(writes, []);
  await written;
  t.strictSame(writes, [['first', 'second']]);
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
  const { log, writes } = loggerWith();
  log.info('short');
  log.info('x'.repeat(64 * 1_024));
  t.equal(writes.length, 1);
  t.equal(writes[0]?.length, 2);
  t.end();
});
