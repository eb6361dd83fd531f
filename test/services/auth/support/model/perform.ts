import { GatewayError } from '../../../../../core/errors.ts';
import { type Owner, type TeamId, teamOwner, userOwner } from '../../../../../core/owner.ts';
import { MAX_SIGNED_URL_SECONDS } from '../../../../../core/time-bounds.ts';
import type { UserId } from '../../../../../core/user-id.ts';
import type { Identity } from '../../../../../services/auth/provider/provider.ts';
import { hashToken } from '../../../../../services/auth/sessions/secret-token.ts';
import {
  parseSessionToken,
  type Session,
  sessionEndEpoch,
} from '../../../../../services/auth/sessions/session.ts';
import type { CurrentSession } from '../../../../../services/auth/sessions/session-deps.ts';
import { sidPointer, subPointer } from '../../../../../services/auth/table/pointer.ts';
import { membershipOf } from '../../../../../services/auth/teams/membership.ts';
import type { Browser } from './browser.ts';
import { invite, MADE, MANAGER } from './made-team.ts';
import { CLAIM, GROUPS, ISSUER, type Operation, PEOPLE, SIDS, teamOf, userOf } from './operations.ts';
import { performWithLinks } from './perform-links.ts';
import type { Process, World } from './processes.ts';
import type { Signed } from './watch-edge.ts';

/** How long shares live, in seconds: shorter and longer than cookies, and as long as any may. */
const SHARE_LIVES = [60, 600, 4_000, MAX_SIGNED_URL_SECONDS];
const FILE = 'a.png';
const FREEZES_MS = [500, 1_500, 3_000, 60_000, 1_200_000];

/**
 * Does the work of an HTTP handler, in the handler's order.
 * @throws the error that the handler would answer with
 */
export async function perform(
  world: World,
  process: Process,
  browser: Browser,
  operation: Operation,
): Promise<void> {
  const { time, watch, memory } = world;
  const { does, person, sid: sidNumber, olderSeconds, which } = operation;
  const { sessions, shares, teams, schedule } = process;
  const sid = SIDS[sidNumber];
  const issuedAtEpoch = time.nowEpoch() - olderSeconds;
  const subject = PEOPLE[person]?.subject ?? '';

  function newShare(owner: Owner) {
    const expiresAtEpoch = process.nowEpoch() + (SHARE_LIVES[sidNumber] ?? 0);
    watch.shares(owner, expiresAtEpoch);
    return { name: FILE, expiresAtEpoch };
  }

  /** A member is changed by others, but seldom one who has never signed in. */
  function browserUser(): UserId {
    return parseSessionToken(browser.cookie)?.userId ?? userOf(person, world);
  }

  async function find(): Promise<CurrentSession | undefined> {
    const moment = watch.moment();
    const token = parseSessionToken(browser.cookie);
    const current = await sessions.find(token && { ...token, isBearer: browser.isBearer ?? false });
    if (current) watch.finds(current.session, current.userId, moment);
    return current;
  }

  /** Signs as the cookies of the files host are issued. */
  async function sign(
    { userId, session, readAtEpoch }: CurrentSession,
    credential: Signed['credential'] = { kind: 'folder', start: session.start },
  ): Promise<void> {
    await process.pause('signs', process.sign);
    const endEpoch = Math.min(sessionEndEpoch(session), readAtEpoch + process.cookieLifetimeSeconds);
    const expiresAtEpoch = Math.min(process.nowEpoch() + process.cookieLifetimeSeconds, endEpoch);
    watch.signs({ userId, expiresAtEpoch, credential, sessionId: session.id });
    world.trace(
      `${process.name} signs ${JSON.stringify(credential)} of ${session.id} until ${expiresAtEpoch}`,
    );
  }

  async function open(isBackground: boolean, teamId: TeamId): Promise<void> {
    const moment = watch.moment();
    const current = await find();
    if (!current) return;
    const opened = await sessions.openTeam(current, { isBackground, teamId }).catch((error: unknown) => {
      const is404 = error instanceof GatewayError && error.code === 'no_such_team';
      if (is404) watch.finds404(current.userId, teamId, moment);
      throw error;
    });
    watch.opens(current.userId, teamId, moment);
    await sign(opened.current, { kind: 'team', teamId, start: opened.start });
  }

  async function end(current: CurrentSession) {
    const ending = watch.ends(({ id }) => id === current.session.id);
    const ended = await sessions.end(current);
    return {
      ticket: ended.ticket,
      ending,
      edge: ended.edge.then((edge) => {
        if (edge === 'told') watch.told(current.userId, 'a sign-out', isOf(current.session));
        return edge;
      }),
    };
  }

  switch (does) {
    case 'sign in': {
      const previous = await find();
      const ended = previous && (await end(previous));
      const claims = {
        ...{ iat: issuedAtEpoch, [CLAIM]: PEOPLE[person]?.claim, ...(sid ? { sid } : {}) },
        [GROUPS]: world.provider.groupsOf(subject),
      };
      const isBearer = which > 5;
      const refreshToken = isBearer ? undefined : world.provider.give(subject);
      const identity: Identity = {
        ...{ issuer: ISSUER, subject, claims, userInfo: {} },
        ...(refreshToken ? { idToken: 'id', refreshToken } : {}),
      };
      const login = { userId: userOf(person, world), identity, isBearer };
      const { token, current, told } = await sessions.begin(login);
      if (refreshToken) world.provider.belongs(refreshToken, current.session.id);
      await sign(current);
      await Promise.all([ended?.edge, ended?.ticket, told]);
      ended?.ending.answered();
      browser.cookie = token;
      browser.isBearer = isBearer;
      return;
    }
    case 'renew':
    case 'renew in the background': {
      const current = await find();
      if (current) await sign(await sessions.renew(current, does !== 'renew'));
      return;
    }
    case 'sign out': {
      const current = await find();
      const ended = current && (await end(current));
      await Promise.all([ended?.ticket, ended?.edge]);
      ended?.ending.answered();
      return;
    }
    case 'sign out everywhere':
    case 'revoke a user': {
      const current = does === 'revoke a user' ? undefined : await find();
      if (does !== 'revoke a user' && !current) return;
      const userId = current?.userId ?? userOf(person, world);
      const { user } = memory.record(userId);
      const there = new Set(user.sessions.map(({ id }) => id));
      watch.ends((_, whose) => whose === userId);
      const ended = await sessions.endAll(userId, current);
      const [, edge] = await Promise.all([ended.ticket, ended.edge]);
      if (edge === 'told') watch.told(userId, 'the end of all', ({ sessionId = '' }) => there.has(sessionId));
      world.trace(`${process.name}: everything of ${userId} has ended, ${edge}`);
      // Sessions that begin meanwhile may exist. Sessions from before must not.
      watch.ends(({ id }) => there.has(id)).answered();
      for (const { number } of user.shares) watch.endsShare(userId, number);
      return;
    }
    case 'end a session': {
      const current = await find();
      const other = current && memory.record(current.userId).user.sessions[which];
      if (!current || !other) return;
      const ending = watch.ends(({ id }) => id === other.id);
      const ended = await sessions.endById(current.userId, other.id, current.known);
      if (!ended) return;
      if ((await ended.edge) === 'told') watch.told(current.userId, 'an end', isOf(other));
      ending.answered();
      return;
    }
    case 'provider ends a session': {
      if (sid === undefined) return;
      const { hash } = sidPointer(ISSUER, sid);
      const person = subPointer(ISSUER, subject).hash;
      const isIts = ({ sidHash = '', subjectHash, issuedAtEpoch: iat }: Session) =>
        sidHash === hash || (sidHash === '' && subjectHash === person && iat <= issuedAtEpoch);
      await byProvider(isIts, { sid, subject });
      return;
    }
    case 'provider ends a person': {
      const { hash } = subPointer(ISSUER, subject);
      const isIts = (session: Session) =>
        session.subjectHash === hash && session.issuedAtEpoch <= issuedAtEpoch;
      await byProvider(isIts, { subject });
      return;
    }
    case 'provider forgets a person':
      world.provider.forget(subject);
      return;
    case 'share': {
      const current = await find();
      if (!current) return;
      const { userId } = current;
      const folder = { ...current, owner: userOwner(userId) };
      const share = newShare(folder.owner);
      await shares.create(folder, share, async (number) => {
        let file = 0;
        await process.pause('looks for the file', () => (file = watch.file(userId)));
        await process.pause('signs a link', process.sign);
        const credential = { kind: 'file', share: number } as const;
        watch.signs({ userId, credential, file, expiresAtEpoch: share.expiresAtEpoch });
        return 'url';
      });
      return;
    }
    case 'unshare': {
      const current = await find();
      if (!current) return;
      const folder = { ...current, owner: userOwner(current.userId) };
      const [share] = await shares.open(folder);
      if (share && (await shares.revoke(folder, share.number))) watch.endsShare(current.userId, share.number);
      return;
    }
    case 'delete the file': {
      const current = await find();
      if (!current) return;
      const { userId } = current;
      let file = 0;
      await shares.revokeOf({ ...current, owner: userOwner(userId) }, FILE, async () => {
        await process.pause('deletes the file', () => (file = watch.replacesFile(userId)));
      });
      watch.deleted(userId, file);
      return;
    }
    case 'provider changes a team':
      world.provider.changesTeam(subject);
      return;
    case 'share in a team': {
      const [current, teamId] = [await find(), teamOf(operation)];
      if (!current || !membershipOf(current.known.user, teamId)) return;
      const { userId } = current;
      const folder = { ...current, owner: teamOwner(teamId) };
      const share = newShare(folder.owner);
      await shares.create(folder, share, async (number) => {
        await process.pause('signs a link of the team', process.sign);
        const credential = { kind: 'team file', teamId, share: number } as const;
        watch.signs({ userId, credential, expiresAtEpoch: share.expiresAtEpoch });
        return 'url';
      });
      return;
    }
    case 'join a team': {
      const current = await find();
      if (!current) return;
      const joined = watch.joins(current.userId);
      await teams.accept(current, await invite(world));
      joined();
      // The page opens the team at once.
      await open(false, MADE);
      return;
    }
    case 'open a team':
    case 'open a team in the background': {
      await open(does !== 'open a team', teamOf(operation));
      return;
    }
    case 'leave a team':
    case 'remove from a team': {
      const leaver = does === 'leave a team' ? await find() : undefined;
      if (does === 'leave a team' && !leaver) return;
      const userId = leaver?.userId ?? browserUser();
      const left = watch.leaves(userId);
      const { edge } = await teams.remove(leaver?.userId ?? MANAGER, MADE, userId);
      left(await edge);
      return;
    }
    case 'change a role': {
      const role = which % 2 === 0 ? 'viewer' : 'editor';
      await (await teams.changeRole(MANAGER, MADE, { userId: browserUser(), role })).edge;
      return;
    }
    case 'schedule':
      await schedule.run(10_000);
      return;
    case 'freeze':
      process.owner.frozenUntilMs = time.now() + (FREEZES_MS[which % FREEZES_MS.length] ?? 0);
      return;
    default:
      return performWithLinks({ world, process, browser, operation, find });
  }

  async function byProvider(isIts: (session: Session) => boolean, names: { sid?: string; subject?: string }) {
    const ending = watch.ends(isIts);
    const jti = hashToken(String(watch.moment()));
    await sessions.endByProvider({ issuer: ISSUER, jti, issuedAtEpoch, ...names });
    ending.answered();
  }
}

function isOf({ id, start }: Session) {
  return ({ credential, sessionId }: Signed) =>
    credential.kind === 'team'
      ? sessionId === id
      : credential.kind === 'folder' && credential.start === start;
}
