/** How long CloudFront cookies may live, in seconds. */
export const COOKIE_SECONDS = {
  /** On a laptop they may be short, so that a developer sees what happens when they end. */
  shortest: { deployed: 300, development: 10 },
  longest: 86_400,
  usual: 900,
};

/** The lifetime for the local stack and its commands. */
export function localCookieSeconds(setting: string | undefined, refuse: (fault: string) => void): number {
  const seconds = Number(setting || COOKIE_SECONDS.usual);
  const { shortest, longest } = COOKIE_SECONDS;
  const isAllowed = Number.isInteger(seconds) && seconds >= shortest.development && seconds <= longest;
  if (!isAllowed) refuse(cookieSecondsFault('development'));
  return seconds;
}

export function cookieSecondsFault(kind: keyof typeof COOKIE_SECONDS.shortest): string {
  const { shortest, longest } = COOKIE_SECONDS;
  return `COOKIE_LIFETIME_SECONDS must be a whole number, ${shortest[kind]} to ${longest}`;
}
