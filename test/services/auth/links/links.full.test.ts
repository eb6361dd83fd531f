import t from 'tap';
import { CookieJar } from '../../../support/client.ts';
import { ask, startPeople } from '../support/people.ts';

const { service, signIn, makeTeam } = await startPeople(t);
const ann = await signIn('ann');

const open = (secret: string) =>
  ask(service, new CookieJar(), { method: 'POST', path: '/auth/links/open', body: { secret } });

t.test('an IP address opens 600 links in ten minutes, whatever comes of it', async (t) => {
  const path = `/api/teams/${await makeTeam(ann)}/links`;
  const { json } = await ann.ask('POST', path, { role: 'viewer' });
  const secret = String(json['url']).split('#link=')[1] ?? '';
  // A window of its own.
  service.passTime(t, 6_000 - (Math.floor(Date.now() / 1_000) % 600));
  const statuses = new Set<number>();
  for (let batch = 0; batch < 60; batch++) {
    const opened = await Promise.all(Array.from({ length: 10 }, () => open(batch < 30 ? 'x' : secret)));
    for (const { status } of opened) statuses.add(status);
  }
  t.strictSame([...statuses], [410, 200]);
  const { status, code, answer } = await open(secret);
  t.strictSame([status, code], [429, 'too_many_requests']);
  t.ok(Number(answer.headers.get('retry-after')) > 0);
  service.passTime(t, 600);
  t.equal((await open(secret)).status, 200, 'ten minutes later');
});
