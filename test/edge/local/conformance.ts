import { CACHE } from './conformance/cache.ts';
import type { Section } from './conformance/fact.ts';
import { FUNCTIONS } from './conformance/functions.ts';
import { KEYS_AND_ORIGIN } from './conformance/keys-and-origin.ts';
import { MATCHING } from './conformance/matching.ts';
import { ORDER } from './conformance/order.ts';
import { OTHER_TEMPLATES } from './conformance/other-templates.ts';
import { POLICY } from './conformance/policy.ts';
import { REFUSALS } from './conformance/refusals.ts';
import { SIGNED } from './conformance/signed-cookies.ts';

/** The known facts of CloudFront, and the tests that show them on the local CloudFront. */
export const SECTIONS: readonly Section[] = [
  SIGNED,
  POLICY,
  MATCHING,
  ORDER,
  REFUSALS,
  FUNCTIONS,
  CACHE,
  KEYS_AND_ORIGIN,
  OTHER_TEMPLATES,
];
