// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { Mutant } from '../../../support/mutants.ts';
import { mutants } from './mutants-in.ts';

/** Faults in the rotation of keys, and in the commands for links. */
export const KEYS_AND_LINKS: readonly Mutant[] = [
  ...mutants('cli/sign-url.ts', 'cli/sign-url', [
    ['signs links for longer than a key stays', 'seconds > MAX_URL_SECONDS', 'seconds > MAX_URL_SECONDS + 1'],
  ]),
  ...mutants('keys/rotation.ts', 'keys/rotation', [
    [
      'gives a key up before its last link',
      'keepsLinks ? MAX_URL_SECONDS : 0',
      'keepsLinks ? MAX_URL_SECONDS - 1 : 0',
    ],
  ]),
  ...mutants('cli/revoke.ts', 'cli/revoke', [
    [
      'tells success though the edge failed',
      'is revoked, ${EDGE[await edge]}`',
      'is revoked, ${EDGE.told}${(await edge) && ""}`',
    ],
  ]),
];
