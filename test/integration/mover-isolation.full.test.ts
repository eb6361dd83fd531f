import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { CookieJar, openLink, parseJson, png, send, signIn } from '../support/client.ts';
import { operatorsBucket } from '../support/operators-bucket.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

// Some 1,800 requests.
t.setTimeout(900_000);

/** A name that Ann knows, of a file whose bytes she must not get. */
const SECRET = 'geheim';
/** She does not know this one. */
const UNKNOWN = 'unbekannt';

interface Refused {
  method: string;
  path: string;
  body?: unknown;
}

/** Spellings of a name in the folder of somebody else, and of keys outside of any folder. */
function spellings(folder: string, name: string): string[] {
  const id = folder.split('/')[1] ?? '';
  return [
    ...[`../${id}/${name}`, `../../${folder}/${name}`, `./../${id}/${name}`, `a/../../${id}/${name}`],
    ...[`/${folder}/${name}`, `//${folder}/${name}`, `${folder}/${name}`, `gateway-files/${folder}/${name}`],
    ...[`..\\${id}\\${name}`, `..%2f${id}%2f${name}`, `%2e%2e/${id}/${name}`, `%252e%252e/${id}/${name}`],
    ...[`..;/${id}/${name}`, `.%2e/${id}/${name}`, `..%00/${id}/${name}`, `\u0000/../${id}/${name}`],
    // Full-width forms and look-alikes. NFKC would make dots and slashes of them.
    ...[`\uff0e\uff0e/${id}/${name}`, `..\uff0f${id}\uff0f${name}`, `\u2024\u2024/${id}/${name}`],
    ...[`..\u2215${id}\u2215${name}`, `..\u2044${id}\u2044${name}`, `.\u200d./${id}/${name}`],
    ...[`../${id.toUpperCase()}/${name}`, `../%75sers/${id}/${name}`, `\ud800/../${id}/${name}`],
    ...[`arn:aws:s3:::gateway-files/${folder}/${name}`, `s3://gateway-files/${folder}/${name}`],
    ...[`x?versionId=null`, `../${id}/${name}?versionId=null`, `x#/../${id}/${name}`, `.thumbnails/${name}`],
    ...[`../${id}/.thumbnails/${name}`, `../${id}/`, `..`, `.`, `/`, ``, `${'x/'.repeat(600)}${name}`],
  ];
}

/** Each route of the mover in a folder, with a name in every place of it. */
function requests(api: string, name: string, version: string): Refused[] {
  const query = encodeURIComponent(name.toWellFormed());
  const post = (path: string, body: unknown) => ({ method: 'POST', path: `${api}${path}`, body });
  return [
    ...['move', 'copy'].flatMap((does) => [
      post(`/files/${does}`, { from: name, to: 'taken', replace: true }),
      post(`/files/${does}`, { from: name, to: 'taken', toTeam: null, replace: true }),
      post(`/files/${does}`, { from: 'own.png', to: name, replace: true }),
    ]),
    post('/files/delete', { names: [name] }),
    post('/trash/restore', { name, version }),
    post('/trash/restore', { files: [{ name, version }] }),
    post('/files/versions/restore', { name, version }),
    post('/folders', { name }),
    { method: 'GET', path: `${api}/files/versions?name=${query}` },
    { method: 'DELETE', path: `${api}/trash?name=${query}&version=${version}` },
    { method: 'GET', path: `${api}/trash?cursor=${Buffer.from(name).toString('base64url')}` },
  ];
}

async function createWorld(t: Test) {
  const stack = await startTestStack(t, { env: { MAX_USER_BYTES: '1000000000' } });
  const bucket = operatorsBucket(t, stack);
  const [ann, ben] = [await signIn(stack, 'ann'), await signIn(stack, 'ben')];
  const team = async (name: string) => {
    const { id } = await parseJson<{ id: string }>(await ben.post('/api/teams', { name }));
    return { id, folder: `teams/${id}` };
  };
  const [closed, seen] = [await team('closed'), await team('seen')];
  const invited = await ben.post(`/api/teams/${seen.id}/invitations`, { role: 'viewer' });
  const secret = new URL((await parseJson<{ url: string }>(invited)).url).hash.slice('#join='.length);
  t.equal((await ann.post('/api/invitations/accept', { secret })).status, 200);
  const link = await ben.post(`/api/teams/${closed.id}/links`, { role: 'uploader' });
  const guest = await openLink(
    stack,
    new URL((await parseJson<{ url: string }>(link)).url).hash.slice('#link='.length),
  );
  const versions: Record<string, string> = {};
  const put = async (folder: string, name: string, content: string) => {
    const Key = `${folder}/${name}`;
    const Body = png(content);
    const { VersionId = '' } = await bucket.s3.send(
      new PutObjectCommand({ Bucket: bucket.bucketName, Key, Body, ContentType: 'image/png' }),
    );
    if (folder !== `users/${ann.id}`) versions[Key] ??= VersionId;
  };
  const victims = [`users/${ben.id}`, closed.folder, seen.folder];
  for (const folder of victims) {
    for (const name of [`${SECRET}.png`, `.thumbnails/${SECRET}.png`, 'own.png', `${UNKNOWN}.png`]) {
      // Each has a version before.
      for (const time of [1, 2]) await put(folder, name, `${folder} ${name} ${time}`);
    }
  }
  const putOwn = () => put(`users/${ann.id}`, 'own.png', 'of ann');
  const state = async (Prefix: string) => {
    const { Versions = [], DeleteMarkers = [] } = await bucket.s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket.bucketName, Prefix }),
    );
    // A marker has no content.
    return [
      ...Versions,
      ...DeleteMarkers.map((marker) => ({ ...marker, ETag: `of ${marker.VersionId}` })),
    ].map(({ Key, VersionId, IsLatest, ETag }) => ({ Key, VersionId, IsLatest, ETag }));
  };
  return { stack, ann, ben, guest, closed, seen, victims, versions, state, putOwn };
}

/** @returns the status, and what the answer has of somebody else: names, and versions that Ann did not name */
async function ask({ appOrigin }: TestStack, jar: CookieJar, { method, path, body }: Refused) {
  const answer = await send(jar, appOrigin + path, {
    method,
    headers: { origin: appOrigin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

t.test(
  'no spelling of a name, a folder or a credential leads the mover into the folder of somebody else',
  async (t) => {
    const world = await createWorld(t);
    const { stack, ann, ben, guest, closed, seen, victims, versions, state, putOwn } = world;
    const before = await Promise.all(victims.map(state));
    const counts = new Map<string, number>();
    let faults = 0;

    /** An answer may repeat what was asked, and nothing else of these folders. */
    async function refused(
      jar: CookieJar,
      request: Refused,
      what: string,
      maySucceed = false,
    ): Promise<void> {
      const { status, text } = await ask(stack, jar, request);
      const asked = request.path + JSON.stringify(request.body);
      const told = [...new Set(Object.values(versions))].filter(
        (id) => text.includes(id) && !asked.includes(id),
      );
      if (text.includes(UNKNOWN) || told.length > 0 || (status < 300 && !maySucceed) || status >= 500) {
        faults++;
        t.fail(`${what}: ${status} ${JSON.stringify(request)} ${text.slice(0, 200)}`);
      }
      counts.set(`${status}`, (counts.get(`${status}`) ?? 0) + 1);
    }

    // In one's own folder, by a name. What is a name like any other stays there.
    for (const folder of victims) {
      const name = `${SECRET}.png`;
      const version = versions[`${folder}/${name}`] ?? '';
      for (const spelling of spellings(folder, name)) {
        await putOwn();
        for (const request of requests('/api', spelling, version)) {
          await refused(ann.jar, request, 'own folder', true);
        }
      }
      // A version of another's file, under a name of one's own.
      await putOwn();
      for (const request of requests('/api', 'own.png', version))
        await refused(ann.jar, request, 'version', true);
    }

    // In the folder of a team, by its address: one that Ann does not belong to, and one where she only looks.
    const ids = [
      closed.id,
      closed.id.toUpperCase(),
      `${closed.id}%2f`,
      `%2e%2e%2f${closed.id}`,
      ben.id,
      '%00',
    ];
    for (const id of ids) {
      for (const request of requests(
        `/api/teams/${id}`,
        `${SECRET}.png`,
        versions[`${closed.folder}/own.png`] ?? '',
      )) {
        await refused(ann.jar, request, 'a team');
      }
    }
    const isWrite = ({ path, method }: Refused) =>
      !/\/(copy|versions\?|trash\?cursor)/.test(path) || method === 'DELETE';
    for (const request of requests(
      `/api/teams/${seen.id}`,
      'own.png',
      versions[`${seen.folder}/own.png`] ?? '',
    )) {
      if (isWrite(request)) await refused(ann.jar, request, 'a viewer');
    }
    await refused(ann.jar, { method: 'DELETE', path: `/api/teams/${seen.id}/trash` }, 'a viewer');

    // From one's own folder into a team.
    await putOwn();
    for (const toTeam of [
      closed.id,
      seen.id,
      `${closed.id}/`,
      `../${closed.folder}`,
      closed.id.toUpperCase(),
      ben.id,
    ]) {
      for (const does of ['move', 'copy']) {
        const body = { from: 'own.png', to: 'own.png', toTeam, replace: true };
        await refused(ann.jar, { method: 'POST', path: `/api/files/${does}`, body }, 'into a team');
      }
    }

    // With credentials that are none for it: nobody's, a guest's, those of a session that is over.
    const over = new CookieJar();
    const left = await signIn(stack, 'ben', over);
    const kept = new CookieJar();
    await signIn(stack, 'ben', kept);
    const cookie = over.get('__Host-session') ?? over.get('session') ?? '';
    t.not(cookie, '', 'there was a session');
    t.equal((await left.post('/auth/logout')).status, 200);
    const forged = Object.assign(new CookieJar(), { header: () => `__Host-session=${cookie}` });
    for (const jar of [new CookieJar(), guest.jar, over, forged]) {
      for (const api of ['/api', `/api/teams/${closed.id}`]) {
        for (const request of requests(
          api,
          `${SECRET}.png`,
          versions[`${closed.folder}/${SECRET}.png`] ?? '',
        )) {
          await refused(jar, request, 'no session');
        }
      }
    }

    t.equal(faults, 0);
    t.strictSame(await Promise.all(victims.map(state)), before, 'nothing of these folders has changed');
    const own = await state(`users/${ann.id}/`);
    // Each content of these folders has another ETag, and a copy in S3 keeps it.
    const theirs = new Set(before.flat().map(({ ETag }) => ETag));
    t.strictSame(
      own.filter(({ ETag }) => theirs.has(ETag)),
      [],
      'nothing of them is in her folder',
    );
    const all = await state('');
    t.equal(all.length, own.length + before.flat().length, 'and there is nothing outside of the folders');
    t.comment(
      `${[...counts.values()].reduce((sum, count) => sum + count, 0)} requests: ${JSON.stringify([...counts])}`,
    );
  },
);
