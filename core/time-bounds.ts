/** How long CloudFront cookies may live, in seconds. */
export const COOKIE_SECONDS = {
  /** With origins of a developer's machine they may be short: a developer sees what happens when they end. */
  shortest: { deployed: 300, development: 10 },
  longest: 86_400,
  usual: 900,
};

export const SESSION_LIFETIME_SECONDS = 12 * 60 * 60;
/** A session that is not used for this long has ended. */
export const IDLE_LIFETIME_SECONDS = 60 * 60;
export const LOGIN_LIFETIME_SECONDS = 10 * 60;

/**
 * How often the provider is asked again about a live session, in seconds (`PROVIDER_RECHECK_SECONDS`, where 0 means
 * never).
 */
export const RECHECK_SECONDS = {
  shortest: { deployed: 60, development: 1 },
  longest: SESSION_LIFETIME_SECONDS,
  usual: 60 * 60,
};

/** The days for which the bucket keeps deleted and replaced files. 0 means none. */
export const KEPT_DAYS = { longest: 365, usual: 7 };

/**
 * The longest lifetime of a link, and of a share. A key that no longer signs must stay for this long, or its last links
 * end early.
 */
export const MAX_SIGNED_URL_SECONDS = 7 * 24 * 60 * 60;

/** A signed upload of a small file must begin within this time. */
export const PUT_SECONDS = 60;
/** A request ends within this time, as its client sees it. */
export const ANSWER_SECONDS = 12;

/**
 * A session start lies this far in the past. So it is past on every clock, and many logins in one second still get
 * different starts.
 */
export const BACKDATE_SECONDS = 60 * 60;
/** A session start that is younger than this may not be past on every clock. */
export const MARGIN_SECONDS = 60;

/**
 * The most that the clock of a process may be ahead or behind, in seconds. Beyond that the process signs and writes
 * nothing. `CLOCKS_APART_SECONDS` has room for the clocks of all processes that meet in one revocation.
 */
export const MAX_CLOCK_ERROR_SECONDS = 60;

/**
 * What is revoked stays at the edge for this much longer than the longest cookie lives. A minute each is for the clocks
 * of the process that signed, of the one that noted the end, of the one that goes by it, and of the edge.
 */
export const CLOCKS_APART_SECONDS = 5 * 60;

/**
 * Between two processes that write to the edge, clocks differ by less: a minute each, and as long as it takes to notice
 * that. A record keeps what has ended for this much longer. By then every process makes its entries without it, and no
 * late one brings it back.
 */
export const WRITERS_APART_SECONDS = 150;
