import { ClientError, ResponseBodyError } from 'openid-client';
import t from 'tap';
import { COMMANDS } from '../../../services/cli/commands.ts';
import {
  exitCodeOf,
  messageOf,
  NotSignedInError,
  RefusedError,
  UsageError,
} from '../../../services/cli/errors.ts';
import { createKeep } from '../../../services/cli/keep.ts';
import { createTerminal, printable } from '../../../services/cli/terminal.ts';
import { ApiError } from '../../../services/web/client/native.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

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
  terminal.note('one\ntwo\x1b');
  terminal.fail({ code: 'x', message: 'no\x1b' });
  t.equal(written.out, 'a\\u001b]0;owned\\u0007\\u009b2J\n');
  const bar = `\r\x1b[K[############------------] 50 % a\\u001b]0;owned\\u0007\\u009b2J`;
  t.equal(written.err, `${bar}\r\x1b[Kone\ntwo\\u001b\ncookie-gateway: no\\u001b\n`);
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

t.test('each command says how it is called, if there is too little or too much', async (t) => {
  const { written, ...streams } = fakeStreams(false);
  const place = {
    terminal: createTerminal(streams, false),
    keep: createKeep({ XDG_STATE_HOME: temporaryDirectory(t) }),
    signal: new AbortController().signal,
  };
  const usage = (name: string) => ({ message: `usage: cookie-gateway ${COMMANDS[name]?.usage}` });
  const nobody = new NotSignedInError();
  const noValue = /^Option '--team <value>' argument missing\nusage: cookie-gateway ls/;
  const login = { message: 'login needs --app, --issuer and --client-id' };
  const [app, issuer] = ['--app=https://a.test', '--issuer=https://b.test'];
  const origin = { message: '--app must be an https origin, such as https://app.example.com' };
  for (const [args, fault] of [
    ...['', 'a', '--team=a', '--json'].map((args) => [`ls ${args}`, nobody]),
    ['ls a b', usage('ls')],
    ['ls --team', { name: 'UsageError', message: noValue }],
    ['get', usage('get')],
    ...['a', 'a/', 'a b', 'a --force'].map((args) => [`get ${args}`, nobody]),
    ['get a b c', usage('get')],
    ['put', usage('put')],
    [`put ${'a '.repeat(99)}--to=b/ --force`, nobody],
    ['rm', usage('rm')],
    [`rm ${'a '.repeat(1_000)}`, nobody],
    [`rm ${'a '.repeat(1_001)}`, usage('rm')],
    ['mv a', usage('mv')],
    ['mv a b --force', nobody],
    ['mv a b c', usage('mv')],
    ['share', usage('share')],
    ['share a --expires-in=60', nobody],
    ['share a --expires-in=soon', { name: 'UsageError', message: '--expires-in takes seconds' }],
    ['share a b', usage('share')],
    ['play', usage('play')],
    ['play a', nobody],
    ['play a b', usage('play')],
    ['logout a', usage('logout')],
    ['login a', usage('login')],
    ['login', login],
    [`login ${app} ${issuer}`, login],
    [`login ${app} --client-id=c`, login],
    [`login ${issuer} --client-id=c`, login],
    [`login --app=http://a.test ${issuer} --client-id=c`, origin],
    [`login ${app} --issuer=http://b.test --client-id=c`, { message: 'only requests to HTTPS are allowed' }],
    [
      `login ${app} --issuer=b.test --client-id=c`,
      { message: '--issuer must be an address, such as https://login.example.com' },
    ],
  ] as [string, { name?: string; message: string | RegExp }][]) {
    const [name = '', ...rest] = args.trim().split(' ');
    await t.rejects(async () => COMMANDS[name]?.run(rest, place), fault, args.slice(0, 40));
  }
  await COMMANDS['logout']?.run([], place);
  t.strictSame(written, { out: '', err: '' }, 'a sign-out of nobody is no fault');
});

t.test('exit codes: the call, a refusal, nobody is signed in, the network', (t) => {
  for (const [error, code] of [
    [new UsageError('x'), 1],
    [new RefusedError('x'), 2],
    [new ApiError(409, 'file_exists'), 2],
    [new ApiError(499, 'bad_request'), 2],
    [new ApiError(500, 'internal'), 4],
    [new ClientError('x', { cause: new TypeError('fetch failed') }), 4],
    [new ClientError('x', { cause: new Error('x') }), 2],
    [refusal({ error: 'access_denied' }), 2],
    [new Error('fetch failed'), 2],
    ['fetch failed', 2],
    [new Error('x'), 2],
    [new NotSignedInError(), 3],
    [new ApiError(401, 'no_session'), 3],
    [new ApiError(0, 'network'), 4],
    [new ApiError(503, 'store_unavailable'), 4],
    [new ApiError(429, 'too_many_requests'), 4],
    [new TypeError('fetch failed'), 4],
    [new TypeError('terminated'), 4],
    [new TypeError('x is not a function'), 2],
  ] as const) {
    t.equal(exitCodeOf(error), code, `${error}`);
  }
  t.end();
});

function refusal(cause: { error: string; error_description?: string }): ResponseBodyError {
  return new ResponseBodyError('x', { cause, response: new Response(null, { status: 400 }) });
}

t.test('what is told of an error', (t) => {
  const denied = { error: 'access_denied', error_description: 'The person said no' };
  for (const [error, code, message] of [
    [
      new ApiError(409, 'file_exists', { detail: 'It is there.' }),
      'file_exists',
      'It is there. (file_exists)',
    ],
    [new ApiError(0, 'network'), 'network', 'network'],
    [new UsageError('x'), 'UsageError', 'x'],
    [new NotSignedInError(), 'NotSignedInError', 'nobody is signed in: cookie-gateway login'],
    [refusal({ error: 'slow_down' }), 'slow_down', 'the identity provider refuses: slow_down'],
    [refusal(denied), 'access_denied', 'the identity provider refuses: The person said no (access_denied)'],
    ['a text', 'Error', 'a text'],
  ] as const)
    t.strictSame(messageOf(error), { code, message }, message);
  t.end();
});
