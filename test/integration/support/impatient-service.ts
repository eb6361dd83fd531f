import { TIME_LIMITS } from '../../../services/auth/domain/time-limits.ts';
import { run } from '../../../services/auth/main.ts';

/** The auth service, where a person waits for copies of ten bytes and no longer. */
await run(() => {}, { ...TIME_LIMITS, copyBytes: 10 });
