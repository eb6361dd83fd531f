import { shortened } from '../../services/auth/domain/time-limits.ts';
import { run } from '../../services/auth/main.ts';
import { HASTE } from './pace.ts';

/** The auth service, with all its time limits divided. */
await run(() => {}, shortened(HASTE));
