import type { AllowRule } from '../core/allow-rule.ts';
import type { ReportFault } from './value-reader.ts';

const FORMS =
  'who of the provider\'s users may sign in: "everybody", { "emailDomains": ["example.com"] } or { "claim": "groups", "value": "staff" }';

/** The rule must be given in words. At some providers, "everybody" means the whole world. */
export function readAllow(raw: unknown, fault: ReportFault): AllowRule | 'everybody' {
  if (raw === 'everybody') return raw;
  const rule = parseRule(raw);
  if (raw === undefined) fault('allow', `is missing: ${FORMS}`, 'missing');
  else if (!rule) fault('allow', `must be one rule: ${FORMS}`);
  return rule ?? 'everybody';
}

function parseRule(raw: unknown): AllowRule | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { emailDomains, claim, value, ...rest } = raw as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return undefined;
  if (emailDomains !== undefined) {
    const areDomains =
      Array.isArray(emailDomains) &&
      emailDomains.length > 0 &&
      emailDomains.every((domain): domain is string => /^[^\s,@]+\.[^\s,@]+$/.test(String(domain)));
    return areDomains && claim === undefined && value === undefined ? { emailDomains } : undefined;
  }
  return typeof claim === 'string' &&
    /^[^=\s]+$/.test(claim) &&
    typeof value === 'string' &&
    value.trim() !== ''
    ? { claim, value }
    : undefined;
}

/** The same rule as settings of the service. */
export function allowSettings(allow: AllowRule | 'everybody'): Record<string, string> {
  if (allow === 'everybody') return {};
  return 'claim' in allow
    ? { ALLOWED_CLAIM: `${allow.claim}=${allow.value}` }
    : { ALLOWED_EMAIL_DOMAINS: allow.emailDomains.join(',') };
}
