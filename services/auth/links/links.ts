import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, teamOwner, toTeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { EdgeTeller, Told } from '../edge/teller.ts';
import { changeRecord } from '../sessions/change-record.ts';
import { withCookieLifetime } from '../sessions/live.ts';
import { nextNumber } from '../sessions/new-numbers.ts';
import {
  hashToken,
  isIssued,
  issueToken,
  newRandom,
  parseTeamSecret,
  type TokenMac,
} from '../sessions/secret-token.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { changeAsEditor, changeTeam, requireEditor } from '../teams/change-team.ts';
import { mayHaveNewNumber, withNewNumber } from '../teams/starts.ts';
import { requireRole, type Team } from '../teams/team.ts';
import {
  type Link,
  type LinkCaps,
  type LinkRole,
  openLink,
  openLinks,
  parseLinkName,
  withChangedLink,
  withLink,
  withoutLink,
} from './link.ts';
import { createPasswords, type Passwords } from './password.ts';
import { countOpening, MAX_WRONG, tryPassword } from './tries.ts';

export interface LinksDeps extends Pick<Stores, 'users' | 'teams' | 'numbers' | 'links'> {
  tokenMac: TokenMac;
  teller: Pick<EdgeTeller, 'tellTeam'>;
  clock: Clock;
  cookieLifetimeSeconds: number;
}

/** A person, and the team whose links the person changes. */
export interface LinkEditor {
  person: CurrentSession;
  teamId: TeamId;
}

/** A link as it is made. Only its maker can read its secret again. */
export interface NewLink {
  link: Link;
  secret: string;
}

/** A link that is open, as it was read. */
export interface OpenedLink {
  teamId: TeamId;
  team: Team;
  link: Link;
  /** The time before the item was read. Everything that is signed for the link counts from here. */
  readAtEpoch: number;
}

/** The table forgets what was counted for a link a day after the link's end. */
const DAY_SECONDS = 24 * 60 * 60;

export type Links = ReturnType<typeof createLinks>;

/**
 * Links to teams' folders. What an editor calls throws GatewayError no_such_team and role_too_low of the check in the
 * item that is changed. All methods throw store_unavailable.
 */
export function createLinks(given: LinksDeps) {
  const deps = { ...given, passwords: createPasswords(given.clock) };
  const { passwords } = deps;
  const change = ({ person, teamId }: LinkEditor, by: (team: Team) => Team | undefined) =>
    changeAsEditor(deps, person, teamId, by);

  return {
    make: make.bind(undefined, deps),

    /**
     * Open links, the oldest first, with what was counted for those of uploaders, and with the secrets of those that the
     * person made. A secret made under an earlier `LOGIN_SECRET` is not known any more.
     */
    async list({ person, teamId }: LinkEditor): Promise<{ link: Link; taken?: LinkCaps; secret?: string }[]> {
      const team = (await deps.teams.read(teamId))?.team;
      if (team?.kind === 'made') requireRole(team, person.userId, 'editor');
      const links = team ? openLinks(team, nowEpoch(deps)) : [];
      return Promise.all(
        links.map(async (link) => {
          const { token: secret, hash } = issueToken(deps.tokenMac, 'folder', teamId, link.random);
          return {
            link,
            ...(link.caps && { taken: await deps.links.takenRoom(link.hash) }),
            ...(hash === link.hash && link.maker.userId === person.userId && { secret }),
          };
        }),
      );
    },

    /** @throws GatewayError no_such_link, too_many_links */
    async change(
      editor: LinkEditor,
      id: string,
      { password, seconds }: { password?: string; seconds?: number },
    ): Promise<{ link: Link; edge: Told }> {
      if (!(await read(deps, { teamId: editor.teamId, hash: id }))) throw new GatewayError('no_such_link');
      const wanted = {
        ...(password === undefined ? {} : { password: await passwords.hash(editor.teamId, password) }),
        ...(seconds === undefined ? {} : { expiresAtEpoch: nowEpoch(deps) + seconds }),
      };
      // The counts live as long as the link. Otherwise a full link would be empty again at its former end.
      if (wanted.expiresAtEpoch) await deps.links.keepRoom(id, wanted.expiresAtEpoch + DAY_SECONDS);
      const team = await change(editor, (before) => withChangedLink(before, id, wanted, nowEpoch(deps)));
      return { link: requireLink(team, id), edge: await deps.teller.tellTeam(editor.teamId, team) };
    },

    /** Calling it again is harmless. */
    async end(editor: LinkEditor, id: string): Promise<Told> {
      const team = await change(editor, (before) => withoutLink(before, id, nowEpoch(deps)));
      return deps.teller.tellTeam(editor.teamId, team);
    },

    open: open.bind(undefined, deps),
    find: find.bind(undefined, deps),

    /**
     * Makes sure that cookies may be signed for the link: the edge must remember its end for as long as they live.
     * @throws GatewayError link_over
     */
    async prepare({ team, teamId, link }: OpenedLink): Promise<void> {
      const { cookieLifetimeSeconds } = deps;
      if (team.longestCookieSeconds >= cookieLifetimeSeconds) return;
      const isSame = (known: Team) =>
        openLink(known, link.hash, nowEpoch(deps))?.generation === link.generation;
      const withLifetime = (known: Team) => {
        if (!isSame(known)) throw new GatewayError('link_over');
        const longer = withCookieLifetime(known, cookieLifetimeSeconds);
        // Somebody else may have opened a link meanwhile. Many people open a new link at once.
        return longer === known ? undefined : longer;
      };
      await changeTeam(deps, { teamId }, withLifetime);
    },

    /**
     * Counts a file before it is signed.
     * @throws GatewayError link_full
     */
    async count({ link: { hash, caps, expiresAtEpoch } }: OpenedLink, bytes: number): Promise<void> {
      const hasRoom = caps && (await deps.links.takeRoom(hash, bytes, caps, expiresAtEpoch + DAY_SECONDS));
      if (!hasRoom) throw new GatewayError('link_full');
    },
  };
}

type DepsWithPasswords = LinksDeps & { passwords: Passwords };

/**
 * @param wanted.seconds how long the link lives
 * @throws GatewayError invalid_name, too_many_links, too_many_requests, teams_full, no_session
 */
async function make(
  deps: DepsWithPasswords,
  editor: LinkEditor,
  wanted: { role: LinkRole; name?: string; password?: string; seconds: number; caps: LinkCaps },
): Promise<NewLink> {
  const { person, teamId } = editor;
  const { role, password, seconds, caps } = wanted;
  const random = newRandom();
  const { token: secret, hash } = issueToken(deps.tokenMac, 'folder', teamId, random);
  const createdAtEpoch = nowEpoch(deps);
  const link = {
    ...{
      hash,
      random,
      role,
      maker: { userId: person.userId, start: person.session.start },
      createdAtEpoch,
      expiresAtEpoch: createdAtEpoch + seconds,
    },
    ...(wanted.name === undefined ? {} : { name: parseLinkName(wanted.name, teamOwner(teamId)) }),
    ...(password === undefined ? {} : { password: await deps.passwords.hash(teamId, password) }),
    ...(role === 'uploader' ? { caps } : {}),
  };
  const write = (number?: number) =>
    changeAsEditor(deps, person, teamId, (team) => withLink(team, link, number, nowEpoch(deps)));
  let team = await write();
  if (!openLink(team, hash, createdAtEpoch)) team = await write(await newNumber(deps, person));
  try {
    await requireEditor(deps, person, teamId);
  } catch (error) {
    // Nobody has the secret, so the edge need not be waited for.
    await changeTeam(deps, { teamId }, (known) => withoutLink(known, hash, nowEpoch(deps)));
    throw error;
  }
  return { link: requireLink(team, hash), secret };
}

function requireLink(team: Team, id: string): Link {
  const link = team.links.find(({ hash }) => hash === id);
  if (!link) throw new GatewayError('no_such_link');
  return link;
}

/**
 * A number for a team's first link. It counts as one of the maker's, since somebody could make and delete teams for ever.
 * @throws GatewayError too_many_requests, teams_full
 */
async function newNumber(deps: LinksDeps, { userId, known }: CurrentSession): Promise<number> {
  await changeRecord(
    deps,
    userId,
    (user) => {
      if (mayHaveNewNumber(user, nowEpoch(deps))) return withNewNumber(user, nowEpoch(deps));
      throw new GatewayError('too_many_requests', {
        detail: 'You made first links in too many teams today. Try again tomorrow.',
      });
    },
    known,
  );
  return nextNumber(deps);
}

/**
 * Opens a link with its secret. An unknown link, and one that has ended, cost the same read.
 * @param by.address whose wrong passwords count together
 * @returns also the pass, with which this browser goes on
 * @throws GatewayError link_over, password_needed, wrong_password, too_many_requests
 */
async function open(
  deps: DepsWithPasswords,
  rawSecret: string,
  by: { password?: string; address: string },
): Promise<OpenedLink & { pass: string }> {
  const address = hashToken(by.address);
  await countOpening(deps, address);
  const meant = parseTeamSecret(rawSecret);
  const opened = meant && (await read(deps, meant));
  if (!opened) throw new GatewayError('link_over');
  await checkPassword(deps, opened, { ...by, address });
  const { token: pass } = issueToken(deps.tokenMac, 'link', nameOf(opened.link));
  return { ...opened, pass: `${rawSecret}.${pass}` };
}

/** @throws GatewayError password_needed, wrong_password, too_many_requests */
async function checkPassword(
  deps: DepsWithPasswords,
  { teamId, link: { hash, password: stored } }: OpenedLink,
  { password, address }: { password?: string; address: string },
): Promise<void> {
  if (stored === undefined) return;
  if (password === undefined) throw new GatewayError('password_needed');
  const counted = [
    { key: `link#${hash}`, most: MAX_WRONG.ofLink },
    { key: `address#${address}#${teamId}`, most: MAX_WRONG.ofAddressAndTeam },
    { key: `address#${address}`, most: MAX_WRONG.ofAddress },
  ];
  const isRight = await tryPassword(deps, counted, () => deps.passwords.isRight(teamId, password, stored));
  if (!isRight) throw new GatewayError('wrong_password');
}

/** `<team>.<secret>.<link>-<generation>.<MAC>`: shows that this browser knows the secret, and has passed the password. */
const PASS = /^([a-z2-7]{26})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{45,60})\.([A-Za-z0-9_-]{43})$/;

/**
 * The link that a pass goes on with. Undefined if it has ended, or has a new password since the pass was given.
 * @param id of the link that is meant
 */
async function find(
  deps: LinksDeps,
  rawPass: string | undefined,
  id: string,
): Promise<OpenedLink | undefined> {
  const [, rawTeamId = '', secret = '', name = '', code = ''] = PASS.exec(rawPass ?? '') ?? [];
  const teamId = toTeamId(rawTeamId);
  if (!teamId || hashToken(secret) !== id) return undefined;
  if (!isIssued(deps.tokenMac, 'link', { name, secret: code })) return undefined;
  const opened = await read(deps, { teamId, hash: id });
  return opened && nameOf(opened.link) === name ? opened : undefined;
}

/** Names what a pass opens. A new password has a new name. */
function nameOf({ hash, generation }: Link): string {
  return `${hash}-${generation}`;
}

/** Undefined if there is no such link, or it has ended. */
async function read(
  deps: LinksDeps,
  { teamId, hash }: { teamId: TeamId; hash: string },
): Promise<OpenedLink | undefined> {
  const readAtEpoch = nowEpoch(deps);
  const team = (await deps.teams.read(teamId))?.team;
  const link = team && openLink(team, hash, readAtEpoch);
  return link && { teamId, team, link, readAtEpoch };
}
