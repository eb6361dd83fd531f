/** The rule of who may sign in: holders of a verified e-mail address under a domain, or of one value of a claim. */
export type AllowRule = { emailDomains: string[] } | { claim: string; value: string };

/** The claims that a rule reads, so that a provider can be asked for them. */
export function claimsOf(rule: AllowRule | undefined): string[] {
  if (!rule) return [];
  return 'claim' in rule ? [rule.claim] : ['email', 'email_verified'];
}

/**
 * Whether a rule lets a person in. An e-mail address counts only if the same source says that it is verified.
 * @param sources the ID token's claims, and the claims of the userinfo endpoint
 */
export function isAllowed(rule: AllowRule, sources: Record<string, unknown>[]): boolean {
  if ('claim' in rule) {
    const held = sources.find((claims) => claims[rule.claim] !== undefined)?.[rule.claim];
    return Array.isArray(held) ? held.includes(rule.value) : held === rule.value;
  }
  return sources.some(({ email, email_verified: verified }) => {
    // Amazon Cognito's userinfo endpoint gives the value as text.
    if (typeof email !== 'string' || (verified !== true && verified !== 'true')) return false;
    const [localPart, domain, ...rest] = email.toLowerCase().split('@');
    return Boolean(localPart) && rest.length === 0 && rule.emailDomains.includes(domain ?? '');
  });
}
