import { randomBytes } from 'node:crypto';
import { filePath } from '@cloudfront-cookie-gateway/core/file-name';
import { parseTeamId, teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { Attempt } from './attempts.ts';
import { linkAttempts, makeLink, openLink } from './link-attempts.ts';
import { createBrowser, type Person, type Service, signInAs } from './people.ts';
import { parseRecord, textOf } from './record.ts';
import { invite } from './shared-team.ts';
import { NAME, promiseOf, put } from './upload.ts';

/** A browser holds the cookies of six teams. */
const OTHER_TEAMS = 6;
const TEXT = 'A file of a team.\n';

/** A team of the victim, and an editor of it who was invited for the attempts. */
interface Scene {
  victim: Person;
  mallory: Person;
  teamId: string;
  /** The path of a file of the team. */
  file: string;
}

/**
 * The attempts on a team's files. The victim makes a team for them, invites Mallory, and deletes it at the end. Each time
 * it is another Mallory, because joining again and again needs a new number each time, and a user has few a day.
 * @param login of the victim
 * @param victimFile the path of a file in the victim's own folder
 */
export async function* teamAttempts(
  service: Service,
  { login, victimFile }: { login: string; victimFile: string },
): AsyncGenerator<Attempt> {
  const victim = await signInAs(service, login);
  const mallory = await signInAs(service, `mallory-${randomBytes(4).toString('hex')}`);
  const teamId = await makeTeam(victim, 'Try to break in');
  try {
    await invite(victim, mallory, teamId);
    const file = await upload(mallory, teamId);
    const scene = { victim, mallory, teamId, file };
    yield* asMember(scene, victimFile);
    yield* linkAttempts(service, { editor: victim, teamId, file, userFile: victimFile });
    yield* asFormerMember(service, scene);
  } finally {
    await victim.ask('DELETE', `/api/teams/${teamId}`);
    await victim.signOut();
  }
}

/** What a member cannot do with good cookies of the team. */
async function* asMember(
  { victim, mallory, teamId, file }: Scene,
  victimFile: string,
): AsyncGenerator<Attempt> {
  await open(mallory, teamId);
  yield { kind: 'teamOwn', target: file, headers: { cookie: mallory.jar.ofFiles(file) }, isOwn: true };

  const others: string[] = [];
  while (others.length < OTHER_TEAMS) {
    others.push(await makeTeam(mallory, `Team ${others.length + 2}`));
    await open(mallory, others.at(-1) ?? '');
  }
  yield attack('teamElsewhere', file, mallory.jar.ofFiles(`/teams/${others.at(-1)}/`));
  yield attack('seventhSet', file, mallory.jar.ofFiles(file));
  for (const other of others) await mallory.ask('DELETE', `/api/teams/${other}`);

  await open(mallory, teamId);
  const set = mallory.jar.ofFiles(file);
  yield attack('teamOnUser', victimFile, set);
  yield attack('userOnTeam', file, mallory.jar.ofFiles(`/users/${mallory.id}/`));
  await open(victim, teamId);
  yield attack('otherStart', file, withPolicyOf(victim.jar.ofFiles(file), set));
}

/** What somebody cannot do who was removed, or has signed out. */
async function* asFormerMember(service: Service, scene: Scene): AsyncGenerator<Attempt> {
  const { victim, mallory, teamId, file } = scene;
  const { files } = service.deps.config.origins;
  const { url } = await mallory.ask('POST', `/api/teams/${teamId}/shares`, { name: NAME });
  const guest = createBrowser(service);
  await openLink(guest, await makeLink(mallory, teamId));
  const removed = mallory.jar.ofFiles(file);
  await victim.ask('DELETE', `/api/teams/${teamId}/members/${mallory.id}`);
  yield attack('removedSet', file, removed);
  yield attack('removedShare', textOf(url).slice(files.length));
  yield attack('removedLink', file, guest.jar.ofFiles(file));
  yield await renewal('removedRenewal', scene);

  await invite(victim, mallory, teamId);
  await open(mallory, teamId);
  yield attack('addedAgain', file, removed);

  const signedOut = mallory.jar.ofFiles(file);
  await mallory.signOut();
  yield attack('signedOutSet', file, signedOut);
}

/** Asks the service for fresh cookies of the team. */
async function renewal(kind: string, { mallory, teamId }: Scene): Promise<Attempt> {
  const target = `/auth/refresh?team=${teamId}`;
  const answer = await mallory.send('POST', target);
  return { kind, target, headers: {}, isOwn: false, byService: { method: 'POST', answer } };
}

function attack(kind: string, target: string, cookie = ''): Attempt {
  return { kind, target, headers: cookie === '' ? {} : { cookie }, isOwn: false };
}

/** One set of cookies, with the policy of another set in it. */
function withPolicyOf(other: string, set: string): string {
  const policy = /CloudFront-Policy=[^;]+/;
  return set.replace(policy, policy.exec(other)?.[0] ?? '');
}

async function makeTeam(person: Person, name: string): Promise<string> {
  return textOf((await person.ask('POST', '/api/teams', { name }))['id']);
}

/** Opens a team in this browser: it gets the cookies of that team. */
async function open(person: Person, teamId: string): Promise<void> {
  await person.ask('POST', `/auth/refresh?team=${teamId}`);
}

/** @returns the path of the file */
async function upload(person: Person, teamId: string): Promise<string> {
  const promised = await person.ask('POST', `/api/teams/${teamId}/uploads`, promiseOf(TEXT));
  const { status } = await put(parseRecord(promised['upload']), TEXT);
  if (status >= 400) throw new Error(`S3 answers the upload with ${status}`);
  return filePath(teamOwner(parseTeamId(teamId)), NAME);
}
