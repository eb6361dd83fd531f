/** Every `code` that the app host answers with, and the words for a person. */
export const ERRORS = {
  bad_request: 'The request cannot be read.',
  invalid_request: 'The ID token is not accepted.',
  ambiguous: 'The request has an access token and a session cookie. Send one of the two.',
  login_expired: 'This sign-in has expired or was already used. Please sign in again.',
  login_cookie_missing:
    'Your browser did not send back the cookie that began this sign-in. Either the sign-in took longer than ten minutes, or the browser refuses this cookie: Safari keeps no Secure cookies on http://localhost, and cookies may be blocked for this site. Use Chrome, Edge or Firefox, allow cookies, or open the app over https (on a laptop: HTTPS=1 npm start).',
  login_refused:
    'The identity provider did not sign you in. If you did not cancel this yourself, ask your administrator.',
  login_failed:
    'The answer of the identity provider could not be verified. Sign in again; if that does not help, ask your administrator.',
  not_allowed: 'This account may not sign in here.',
  user_id_unusable: 'The identity provider names no user id that can be used here.',
  logout_state_invalid:
    'No sign-out began in this browser within the last ten minutes. The start page shows whether you are signed in.',
  logout_token_invalid: 'This is not a logout token of the identity provider.',
  user_id_taken: 'Another account already has your user id. Please ask your administrator.',
  no_session: 'You are not signed in.',
  no_such_session: 'There is no such session, or it has ended.',
  cross_origin: "A request that changes something must come from the app's own page.",
  account_changed: 'Somebody else has signed in with this browser meanwhile. Reload the page.',
  no_such_upload: 'There is no such upload, or it has ended.',
  upload_incomplete: 'Parts of the file are missing.',
  file_exists: 'A file with this name already exists. Replace it, or choose another name.',
  no_such_file: 'There is no file with this name.',
  no_trash: 'Deleted and replaced files are not kept here.',
  not_found: 'There is nothing at this address.',
  wrong_host: 'This service answers under its own name only.',
  request_timeout: 'The request took too long to arrive.',
  headers_too_large: 'The headers of the request are too large.',
  file_too_large: 'The file is larger than allowed.',
  quota_exceeded: 'Your files would take more space than they may have.',
  type_not_allowed: 'Files of this type are not allowed.',
  invalid_name: 'The file cannot have this name.',
  too_many_shares:
    'This folder has 50 shares already. A revoked share counts until the time when it would have expired.',
  no_such_team: 'There is no such team, or you do not belong to it.',
  role_too_low: 'Your role in this team does not allow this.',
  too_many_teams: 'You already belong to 50 teams. Leave a team first.',
  too_many_teams_today:
    'You have made 20 teams in the last 24 hours, which is the maximum. `retryAt` says when the next one is possible.',
  teams_disabled: 'Teams cannot be made here.',
  managed_by_provider:
    'The identity provider says who belongs to this team, and what it is called. Ask your administrator.',
  invitation_over: 'This invitation is used up or has ended. Ask for a new one.',
  last_manager: 'A team needs a manager. First make somebody else a manager, or delete the team.',
  no_such_member: 'There is no such member of this team.',
  too_many_members: 'This team already has 500 members.',
  too_many_invitations: 'This team already has 100 open invitations. End some of them first.',
  no_such_link: 'There is no such link to this team, or it has ended.',
  too_many_links: 'This team already has 50 links. End some of them first.',
  link_over: 'This link has ended, or it is incomplete. Ask for a new one.',
  link_full: 'No more files can be sent through this link, or this file is too large for it.',
  password_needed: 'This link needs a password.',
  wrong_password: 'This password is wrong.',
  teams_full: 'No more people can open teams here. Ask your administrator.',
  too_many_logins: 'This account has signed in too often in the last hour. Try again in a minute.',
  too_many_moves:
    '20 large files of yours are being copied or moved already. Try again when one of them is done.',
  too_many_requests: 'Too many requests came from this address. Try again in a minute.',
  timed_out: 'This took too long. Try again in a moment.',
  provider_unavailable: 'The identity provider does not answer. Try again in a moment.',
  store_unavailable: 'The session store does not answer. Try again in a moment.',
  signing_unavailable: 'The signing key does not answer. Try again in a moment.',
  clock_wrong:
    'The clock of this server is wrong, so it signs and changes nothing for now. Try again later; if that does not help, tell your administrator.',
  files_unavailable: 'The file store does not answer. Try again in a moment.',
  internal: 'Something went wrong here.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The error that the provider answered with (RFC 6749, sections 4.1.2.1 and 5.2). The texts are cleaned and cut, for
 * the log.
 */
export interface ProviderAnswer {
  error: string;
  description?: string | undefined;
}

/** The part of a failure that a client may know: a stable `code` and words. The cause stays in the log. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly said?: ProviderAnswer;
  readonly members: Readonly<Record<string, string | number>>;

  /**
   * @param options.detail words for this one case; they replace the general words
   * @param options.members more that a program may know (RFC 9457, section 3.2)
   */
  constructor(
    code: ErrorCode,
    options: {
      detail?: string;
      cause?: unknown;
      said?: ProviderAnswer | undefined;
      members?: GatewayError['members'];
    } = {},
  ) {
    super(options.detail ?? ERRORS[code], { cause: options.cause });
    this.code = code;
    if (options.said) this.said = options.said;
    this.members = options.members ?? {};
  }
}
