import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type FileList, parseJson, png, signIn } from '../support/client.ts';
import { startTestStack, type Teardown } from '../support/test-stack.ts';
import { amount, type BenchRun, compare, inTurns } from './support/measure.ts';
import { authRequest, startNginx } from './support/nginx.ts';
import { load, type Server } from './support/wrk.ts';

const ROUNDS = 5;
const ROUND_SECONDS = amount(4, 1);
const BYTES = 10_240;

/**
 * Compares a file from the local edge with the same bytes from nginx, which asks the auth service about each request.
 * nginx does less: it does not compare the session's user with the folder. The clock counts, as for a person who waits
 * for the files.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const stack = await startTestStack(t);
  const alice = await signIn(stack, 'alice');
  const bytes = png('x'.repeat(BYTES - png().length));
  await alice.upload({ name: 'ten.png', type: 'image/png', bytes });
  const listed = await parseJson<FileList>(await alice.request(`${stack.appOrigin}/api/files`));
  const { pathname, search } = new URL(listed.files[0]?.url ?? '');
  const service = `localhost:${stack.settings.ports.app}`;
  const locations = authRequest(`${stack.appOrigin}/auth/session`);
  const nginx = await startNginx(t, { path: pathname, bytes: BYTES }, locations, service);
  const perSecond = async (server: Server, path: string, jarPath: string, origin: string) => {
    const cookieFile = join(stack.directory, 'bench-cookies');
    writeFileSync(cookieFile, `${alice.jar.header(jarPath)}\n`);
    const wish = { path, cookieFile, host: new URL(origin).host, seconds: ROUND_SECONDS };
    return (await load(server, wish)).perSecond;
  };
  const edge = { port: stack.settings.ports.edge, pid: process.pid };
  const [ours = [], theirs = []] = await inTurns(
    [
      () => perSecond(edge, pathname + search, pathname, stack.filesOrigin),
      () => perSecond(nginx, pathname, '/', stack.appOrigin),
    ],
    ROUNDS,
  );
  return [
    compare(
      ['files of 10 KB', 'a second'],
      ['the local edge', ours],
      ['nginx, auth_request', theirs, { atLeast: 3 }],
    ),
  ];
}
