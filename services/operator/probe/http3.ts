import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { type Answer, NoAnswerError } from './asker.ts';

/** Node does not speak HTTP/3. Debian's curl does. */
const CURL = 'curl';

/** The reason why HTTP/3 cannot be asked from here, in words. */
export async function http3Hindrance(): Promise<string | undefined> {
  const told = await curl(['--version'], '', new AbortController().signal).catch(() => undefined);
  if (told === undefined) return 'http3: there is no curl here';
  return /\bHTTP3\b/.test(told.body.toString()) ? undefined : 'http3: the curl here speaks none';
}

/**
 * Asks once, over a protocol that Node does not speak.
 * @param ca file of the authorities, in place of those that curl trusts
 * @param version HTTP/3 only; a test asks for another one
 */
export async function askHttp3(
  origin: string,
  { target, headers }: { target: string; headers: { cookie?: string } },
  { signal, ca, version = '3' }: { signal: AbortSignal; ca?: string; version?: '3' | '2' },
): Promise<Answer> {
  const option = version === '3' ? 'http3-only' : 'http2';
  // curl reads the request from its standard input. Other users of the machine could read a credential in the command
  // line.
  const config = [
    ...[
      option,
      'path-as-is',
      'silent',
      'max-time = 10',
      'write-out = "%{stderr}%{http_version} %{http_code}"',
    ],
    ...(ca === undefined ? [] : [`cacert = ${JSON.stringify(ca)}`]),
    ...(headers.cookie === undefined ? [] : [`header = ${JSON.stringify(`cookie: ${headers.cookie}`)}`]),
    `url = ${JSON.stringify(origin + target)}`,
  ];
  const { body, told, status } = await curl(['--disable', '--config', '-'], config.join('\n'), signal);
  const [, spoken, code = ''] = /^(\d)\S* (\d{3})$/.exec(told) ?? [];
  if (status !== 0 || spoken !== version) throw new NoAnswerError(`curl ended with ${status}`);
  return { status: Number(code), headers: {}, body };
}

async function curl(args: string[], input: string, signal: AbortSignal) {
  const child = spawn(CURL, args, { signal, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [[status], body, told] = await Promise.all([
    once(child, 'close'),
    buffer(child.stdout),
    text(child.stderr),
  ]);
  return { status: Number(status), body, told };
}
