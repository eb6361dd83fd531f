import { run } from '../../../services/auth/main.ts';
import { TIME_LIMITS } from '../../../services/auth/settings/time-limits.ts';

/** The auth service, where a person waits for copies of ten bytes and no longer. */
await run(() => {}, { ...TIME_LIMITS, copyBytes: 10 });
