import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { exchange, idTokenByDevice } from '../../support/bearer.ts';
import { missing } from '../../support/missing.ts';
import { startTestStack, temporaryDirectory } from '../../support/test-stack.ts';
import { logIn, run, start } from './support/command.ts';

const FFMPEG = '/usr/bin/ffmpeg';

/** In seconds. */
const times = { film: 16, segment: 2, credential: 10 };

t.test('ffmpeg plays on after the first credential has ended', { skip: missing(FFMPEG) }, async (t) => {
  const cwd = temporaryDirectory(t);
  const stack = await startTestStack(t, { env: { COOKIE_LIFETIME_SECONDS: `${times.credential}` } });
  const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
  const shell = { cwd, env: { XDG_STATE_HOME: join(cwd, 'state') } };
  mkdirSync(join(cwd, 'film'));
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=5', '-t', `${times.film}`];
  const hls = ['-hls_time', `${times.segment}`, '-hls_list_size', '0', '-hls_playlist_type', 'vod'];
  const coding = '-c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p'.split(' ');
  execFileSync(FFMPEG, ['-v', 'error', ...source, ...coding, ...hls, 'film/film.m3u8'], { cwd });
  t.equal((await logIn(shell, { ...stack, issuer }, 'alice')).code, 0);
  const names = readdirSync(join(cwd, 'film')).map((name) => `film/${name}`);
  t.match(await run(shell, 'put', ...names, '--to', 'film/'), { code: 0, err: '' });

  const first = await exchange(stack.appOrigin, await idTokenByDevice(issuer, 'alice'));
  const { origin, prefix, query } = first.files;
  const byFirst = async () => (await fetch(`${origin}${prefix}film/film.m3u8?${query}`)).status;
  t.equal(await byFirst(), 200);
  const relay = start(shell, 'play', 'film/film.m3u8', '--json');
  const { url } = JSON.parse(await relay.line);
  const player = ['-v', 'error', '-nostats', '-progress', 'pipe:1', '-re', '-i', url, '-f', 'null', '-'];
  const { stdout, stderr } = await promisify(execFile)(FFMPEG, player, { maxBuffer: 2 ** 26 });
  t.equal(stderr, '', 'the player has nothing to complain of');
  t.equal([...stdout.matchAll(/^frame=(\d+)$/gm)].at(-1)?.[1], `${5 * times.film}`, 'every picture');
  t.equal(await byFirst(), 403, 'the first credential has ended');
  relay.child.kill('SIGINT');
  t.match(await relay.ended, { code: 0, err: 'Ctrl-C ends it.\n' });
});
