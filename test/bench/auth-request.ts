import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type FileList, parseJson, png, signIn } from '../support/client.ts';
import { missing } from '../support/missing.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { authRequest, NGINX, startNginx } from './support/nginx.ts';
import { type BenchRun, measurementOf } from './support/result.ts';
import { load, type Server, TASKSET, WRK } from './support/server.ts';
import { cpuSeconds } from './support/service-process.ts';

const ROUNDS = 5;
const ROUND_SECONDS = 4;
const BYTES = 10_240;
const REQUESTS = new URL('./support/requests.lua', import.meta.url);

/**
 * Compares a file from the local edge with the same bytes from nginx, which asks the auth service about each request.
 * nginx does less: it does not compare the session's user with the folder. The clock counts, as for a person who waits
 * for the files.
 */
export async function run(): Promise<BenchRun> {
  const lacking = missing(NGINX, WRK, TASKSET);
  if (lacking) return { skipped: `${lacking} (Debian packages nginx-light, wrk, util-linux)` };
  const ends: (() => Promise<void> | void)[] = [];
  const stack = await startTestStack({ teardown: (end) => ends.push(end) });
  try {
    const alice = await signIn(stack, 'alice');
    await alice.upload({ name: 'ten.png', type: 'image/png', bytes: png('x'.repeat(BYTES - png().length)) });
    const listed = await parseJson<FileList>(await alice.request(`${stack.appOrigin}/api/files`));
    const { pathname, search } = new URL(listed.files[0]?.url ?? '');
    const service = `localhost:${stack.settings.ports.app}`;
    const locations = authRequest(`${stack.appOrigin}/auth/session`);
    const nginx = await startNginx({ path: pathname, bytes: BYTES }, locations, service);
    ends.push(() => nginx.stop());
    const edge: Server = {
      port: stack.settings.ports.edge,
      cpuSeconds: () => cpuSeconds(process.pid),
      stop: async () => {},
    };
    const perSecond = async (server: Server, path: string, cookie: string, origin: string) => {
      const file = cookieFile(stack, cookie);
      const args = [file, '-', new URL(origin).host];
      return (await load(server, { path, script: REQUESTS, args, seconds: ROUND_SECONDS })).perSecond;
    };
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ownCookies = alice.jar.header(pathname);
      ours.push(await perSecond(edge, pathname + search, ownCookies, stack.filesOrigin));
      theirs.push(await perSecond(nginx, pathname, alice.jar.header('/'), stack.appOrigin));
    }
    const own = measurementOf('the local edge', ours);
    const asking = measurementOf('nginx, auth_request', theirs);
    return [
      {
        name: 'files of 10 KB',
        unit: 'a second',
        ours: own,
        baselines: [{ ...asking, ratio: own.median / asking.median, goal: { atLeast: 3 } }],
      },
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

function cookieFile(stack: TestStack, cookie: string): string {
  const file = join(stack.directory, 'bench-cookies');
  writeFileSync(file, `${cookie}\n`);
  return file;
}
