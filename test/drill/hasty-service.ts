import { run } from '../../services/auth/main.ts';
import { shortened } from '../support/shortened.ts';
import { HASTE } from './pace.ts';

/** The auth service, with all its time limits divided. */
await run(() => {}, shortened(HASTE));
