import { ClientError } from 'openid-client';
import t from 'tap';
import { exitCodeOf, NotSignedInError, RefusedError, UsageError } from '../../../services/cli/errors.ts';
import { createTerminal, printable } from '../../../services/cli/terminal.ts';
import { ApiError } from '../../../services/web/client/native.ts';

const ESCAPE = '\x1b]0;owned\x07\x9b2J';

function fakeStreams(isTTY: boolean) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    isTTY,
    write(text: string) {
      written[name] += text;
    },
  });
  return { written, stdout: stream('out'), stderr: stream('err') };
}

t.test('text of others moves no cursor, sets no title and turns no text around', (t) => {
  t.equal(printable(ESCAPE), '\\u001b]0;owned\\u0007\\u009b2J');
  t.equal(
    printable('a\u202egnp.exe\u2066\u2028\r\n\ud800'),
    'a\\u202egnp.exe\\u2066\\u2028\\u000d\\u000a\\ud800',
  );
  for (const plain of ['写真.png', 'é ñ', '👩‍👩‍👧.jpg', 'می‌خواهم', 'a b-c']) t.equal(printable(plain), plain);
  t.end();
});

t.test('for a person: a line, and a bar on a terminal', (t) => {
  const { written, ...streams } = fakeStreams(true);
  const terminal = createTerminal(streams, false);
  terminal.progress(`a${ESCAPE}`, 0.5);
  terminal.tell({ name: 'a' }, `a${ESCAPE}`);
  terminal.fail({ code: 'x', message: 'no\x1b' });
  t.match(written, { out: /^a\\u001b/, err: /50 % a\\u001b.*cookie-gateway: no\\u001b\n$/s });
  t.end();
});

t.test('for a program: JSON that a terminal shows as it is, and no bar', (t) => {
  const { written, ...streams } = fakeStreams(true);
  const terminal = createTerminal(streams, true);
  terminal.progress('a', 0.5);
  terminal.tell({ name: ESCAPE }, 'line');
  terminal.fail({ code: 'x', message: ESCAPE });
  t.strictSame(JSON.parse(written.out), { name: ESCAPE });
  t.strictSame(JSON.parse(written.err), { code: 'x', message: ESCAPE });
  t.notMatch(written.out + written.err, /[^\n\x20-\x7e]/);

  const { written: piped, ...pipes } = fakeStreams(false);
  createTerminal(pipes, false).progress('a', 0.5);
  t.equal(piped.err, '', 'a bar is for people');
  t.end();
});

t.test('exit codes: the call, a refusal, nobody is signed in, the network', (t) => {
  for (const [error, code] of [
    [new UsageError('x'), 1],
    [new RefusedError('x'), 2],
    [new ApiError(409, 'file_exists'), 2],
    [new ClientError('x', { cause: new TypeError('fetch failed') }), 4],
    [new Error('x'), 2],
    [new NotSignedInError(), 3],
    [new ApiError(401, 'no_session'), 3],
    [new ApiError(0, 'network'), 4],
    [new ApiError(503, 'store_unavailable'), 4],
    [new TypeError('fetch failed'), 4],
    [new TypeError('x is not a function'), 2],
  ] as const) {
    t.equal(exitCodeOf(error), code, `${error}`);
  }
  t.end();
});
