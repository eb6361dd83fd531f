import { type Answer, type AskOptions, inWords, outcomeOf } from './asker.ts';
import type { Question, Seen } from './question.ts';
import { logout, logoutsAtOnce } from './sign-out.ts';
import { eitherWay, type World } from './world.ts';

const REPORT = 'report it';

/** The questions that no switch stands for. Each answer is the same under every switch, or hidden. */
export const FURTHER: Question<World>[] = [
  question('isolation', 'refused', isolation),
  ...['OPTIONS', 'POST', 'PUT', 'DELETE'].map((method) =>
    question(`method${method}`, '403', async ({ alice, ask }) => inWords(await ask(alice.path, { method }))),
  ),
  question('getWithBody', '403', async ({ alice, ask }) => inWords(await ask(alice.path, { body: 'body' }))),
  question('latin1Path', 'as it was sent', async ({ alice, show }) => {
    // The function refuses bytes that are not UTF-8. AWS says that CloudFront converts them.
    const answer = await show(`/users/${alice.id}/%e9.txt`, alice.folder, 'cookies');
    return outcomeOf(answer).code === 'bad_path' ? 'as it was sent' : `converted: ${inWords(answer)}`;
  }),
  question('encodedSlash', 'as it was sent', async ({ alice, show }) => {
    const answer = await show(`/users/${alice.id}/x%2Fa.txt`, alice.folder, 'cookies');
    return outcomeOf(answer).code === 'bad_path' ? 'as it was sent' : `decoded: ${inWords(answer)}`;
  }),
  question('longUrl', '414', async ({ ask }) => inWords(await ask(`/${'a'.repeat(8_300)}`))),
  question('largeRequest', '413', async ({ alice, ask }) => {
    const headers = Object.fromEntries([1, 2, 3].map((n) => [`x-probe-${n}`, 'a'.repeat(7_000)]));
    return inWords(await ask(alice.path, { headers }));
  }),
  opened('head', '200, 0 bytes', async (ask) => {
    const { status, body } = await ask({ method: 'HEAD' });
    return `${status}, ${body.length} bytes`;
  }),
  opened('range', '206 prob', async (ask) => {
    const { status, body } = await ask({ headers: { range: 'bytes=0-3' } });
    return `${status} ${body}`;
  }),
  opened('ifNoneMatch', '304', async (ask) => {
    const { headers } = await ask({});
    return String((await ask({ headers: { 'if-none-match': headers.etag } })).status);
  }),
  question('clearSiteData', '200 "cache"', async ({ alice, operator, show, sign }) => {
    const target = `/users/${alice.id}/?clear`;
    const file = await sign(operator.filesOrigin + target);
    return await eitherWay(async (kind) => {
      const { status, headers } = await show(target, file, kind);
      return status === 403 ? undefined : `${status} ${headers['clear-site-data']}`;
    });
  }),
  question('staleShare', '410, 0 bytes', async ({ alice, operator, show, sign }) => {
    const target = `${alice.path}?v=00000000000000000000000000000000&share=1`;
    const share = await sign(operator.filesOrigin + target);
    return await eitherWay(async (kind) => {
      const { status, body } = await show(target, share, kind);
      return status === 403 ? undefined : `${status}, ${body.length} bytes`;
    });
  }),
  question('putOtherBytes', '400 BadDigest', async (world) =>
    inWords(
      await world.send(await world.presign(world.bob.path.slice(1), 'some bytes', true), {
        body: 'more bytes',
      }),
    ),
  ),
  question('putSecondUse', '200, then 412 PreconditionFailed', async (world) => {
    const put = await world.presign(`users/${world.alice.id}/twice.txt`, 'twice');
    const first = await world.send(put, { body: 'twice' });
    return `${inWords(first)}, then ${inWords(await world.send(put, { body: 'twice' }))}`;
  }),
  question('putTaken', '412 PreconditionFailed', async (world) =>
    inWords(await world.put(world.alice, `probe ${world.alice.marker}`)),
  ),
  question('replacedWithin5s', true, replacedInTime),
  question('deleteMissingKey', 'ResourceNotFoundException', async ({ operator }) =>
    String(await operator.deleteMissingKey()),
  ),
  question('writesAtOnce', '1 written, 49 ConflictException', ({ operator, bob }) =>
    operator.writeAtOnce(bob.id),
  ),
  { ...question('logoutsAtOnce', '50 told', logoutsAtOnce), maxSeconds: 300 },
  // This question comes last, because afterwards Alice's credentials open nothing.
  { ...question('logoutWithin30s', true, logout), maxSeconds: 900 },
];

function question(
  name: string,
  assumed: Seen,
  ask: (world: World) => Promise<Seen | undefined>,
): Question<World> {
  return { name, assumed, otherwise: REPORT, ask };
}

/** A question about Alice's own file, asked with any credential that opens it. */
function opened(
  name: string,
  assumed: Seen,
  look: (ask: (options: AskOptions) => Promise<Answer>) => Promise<Seen>,
): Question<World> {
  return question(name, assumed, async (world) => {
    const show = await opener(world);
    return show && (await look((options) => show(options)));
  });
}

/** Cookies or a signed URL for Alice's folder, tried on her file. Undefined if neither opens it. */
async function opener({ alice, show }: World) {
  return await eitherWay(async (kind) => {
    const ask = (options: AskOptions = {}) => show(alice.path, alice.folder, kind, options);
    return (await ask()).status === 200 ? ask : undefined;
  });
}

/**
 * Shows Alice's credentials at Bob's file, in spellings that some reader resolves. A byte of Bob's file ends the probe.
 */
async function isolation({ alice, bob, show }: World): Promise<Seen> {
  const own = `/users/${alice.id}`;
  const targets = [
    bob.path,
    ...['..', '%2e%2e', '.%2E', '..;', '%2e%2e%2f..', 'x/../..'].map((up) => `${own}/${up}/${bob.id}/a.txt`),
    ...[`${own}/..%2f${bob.id}/a.txt`, `${own}/..%5c${bob.id}/a.txt`, `${own}//..//${bob.id}//a.txt`],
    ...[`/${bob.path}`, bob.path.replaceAll('/', '%2F').replace('%2F', '/'), `/%75sers/${bob.id}/a.txt`],
    ...[`${own}/../../${bob.path}`, `/users/${bob.id}/../${alice.id}/../${bob.id}/a.txt`],
  ];
  const passed: string[] = [];
  for (const target of targets) {
    for (const kind of ['cookies', 'query'] as const) {
      const answer = await show(target, alice.folder, kind);
      if (answer.status < 400) passed.push(`${answer.status} for ${spelling(target, alice.id, bob.id)}`);
    }
  }
  return passed.length === 0 ? 'refused' : passed.join(', ');
}

function spelling(target: string, alice: string, bob: string): string {
  return target.replaceAll(alice, 'A').replaceAll(bob, 'B');
}

async function replacedInTime(world: World): Promise<Seen | undefined> {
  const show = await opener(world);
  if (!show) return undefined;
  const before = (await show({})).headers.etag;
  await world.put(world.alice, `probe again ${world.alice.marker}`, true);
  const began = Date.now();
  while ((await show({})).headers.etag === before) {
    if (Date.now() - began > 15_000) return false;
    await world.wait(250);
  }
  const ms = Date.now() - began;
  world.figure('a replaced file is new after', `${ms} ms`);
  // The cache keeps an object for 5 seconds; the answer itself takes time too.
  return ms <= 6_000;
}
