import type { TeamId } from '../../../../../core/owner.ts';
import type { Link } from '../../../../../services/auth/links/link.ts';
import type { OpenedLink } from '../../../../../services/auth/links/links.ts';
import type { CurrentSession } from '../../../../../services/auth/sessions/session-deps.ts';
import { membershipOf } from '../../../../../services/auth/teams/membership.ts';
import type { Browser } from './browser.ts';
import { MADE, MANAGER } from './made-team.ts';
import { type Operation, teamOf } from './operations.ts';
import type { Process, World } from './processes.ts';

/** How long links live, in seconds: shorter and longer than cookies. */
const LIVES = [60, 300, 900, 4_000];
const CAPS = { files: 1, bytes: 1 };

/** What one browser does with links by one process. */
interface Doing {
  world: World;
  process: Process;
  browser: Browser;
  operation: Operation;
  find: () => Promise<CurrentSession | undefined>;
}

/**
 * Does the work of an HTTP handler of links.
 * @throws the error that the handler would answer with
 */
export async function performWithLinks(doing: Doing): Promise<void> {
  const { world, process, browser, operation } = doing;
  const { watch } = world;
  const { does, which } = operation;
  switch (does) {
    case 'make a link':
      return make(doing);
    case 'open a link': {
      const link = pick(world.links, which);
      if (!link) return;
      const { passwords, secret } = link;
      const password = which % 4 === 3 ? passwords[0] : passwords.at(-1);
      const isOpen = watch.opensLink();
      const by = { address: '192.0.2.1', ...(password === undefined ? {} : { password }) };
      const { pass, ...opened } = await process.links.open(secret, by);
      isOpen(opened);
      const { hash: id, generation } = opened.link;
      browser.passes = [...(browser.passes ?? []), { id, pass, generation }];
      return sign(doing, opened);
    }
    case 'renew a link': {
      const given = pick(browser.passes ?? [], which);
      const isOpen = watch.opensLink(given);
      const opened = given && (await process.links.find(given.pass, given.id));
      if (!opened) return;
      isOpen(opened);
      return sign(doing, opened);
    }
    case 'change a link':
      return change(doing);
    case 'end a link': {
      const link = pick(world.links, which);
      const person = link && (await editor(doing, link.teamId));
      if (!person) return;
      const answered = watch.endsLink(link.teamId, link.id);
      answered(await process.links.end({ person, teamId: link.teamId }, link.id));
      return;
    }
    case 'delete the team': {
      const [answered] = [watch.endsAllLinks(MADE), watch.deletes()];
      const { edge } = await process.teams.delete(MANAGER, MADE);
      answered(await edge);
    }
  }
}

async function make(doing: Doing): Promise<void> {
  const { world, process, operation } = doing;
  const { which } = operation;
  const teamId = teamOf(operation);
  const person = await editor(doing, teamId);
  if (!person) return;
  const passwords = which < 3 ? ['first'] : [];
  const seconds = pick(LIVES, which + operation.sid) ?? 0;
  const wanted = { role: 'viewer', seconds, caps: CAPS } as const;
  const [password] = passwords;
  const { link, secret } = await process.links.make(
    { person, teamId },
    { ...wanted, ...(password === undefined ? {} : { password }) },
  );
  world.watch.makes(link);
  world.links.push({ id: link.hash, teamId, secret, passwords });
}

async function change(doing: Doing): Promise<void> {
  const { world, process, operation } = doing;
  const { which, olderSeconds } = operation;
  const link = pick(world.links, which);
  const person = link && (await editor(doing, link.teamId));
  if (!person) return;
  const { id, teamId, passwords } = link;
  const isNewPassword = olderSeconds === 0;
  const password = `password ${passwords.length}`;
  if (isNewPassword) passwords.push(password);
  const seconds = pick(LIVES, which + olderSeconds) ?? 0;
  const answered = world.watch.changesLink({ teamId, id, isNewPassword });
  answered(await process.links.change({ person, teamId }, id, isNewPassword ? { password } : { seconds }));
}

/** As the guard of the routes below a team finds the person. */
async function editor({ find }: Doing, teamId: TeamId): Promise<CurrentSession | undefined> {
  const current = await find();
  return current && membershipOf(current.known.user, teamId) ? current : undefined;
}

/** Signs as the cookies of the folder are issued for a link. */
async function sign({ world, process }: Doing, opened: OpenedLink): Promise<void> {
  await process.links.prepare(opened);
  await process.pause('signs', process.sign);
  const { teamId, link, readAtEpoch } = opened;
  const { cookieLifetimeSeconds } = process;
  const endEpoch = Math.min(link.expiresAtEpoch, readAtEpoch + cookieLifetimeSeconds);
  const expiresAtEpoch = Math.min(process.nowEpoch() + cookieLifetimeSeconds, endEpoch);
  const credential = credentialOf(teamId, link);
  world.watch.signs({ userId: link.maker.userId, expiresAtEpoch, credential });
  world.trace(`${process.name} signs ${JSON.stringify(credential)} until ${expiresAtEpoch}`);
}

function credentialOf(teamId: TeamId, { hash: id, generation, start }: Link) {
  return { kind: 'link', teamId, id, generation, start } as const;
}

function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(1, all.length)];
}
