import { synthesizeForTest } from '../../../support/cached-build.ts';
import { ecKey, localValues } from '../../../support/local-values.ts';

/** As `TEMPLATE`, with a bucket that keeps old versions for a week. */
export const VERSIONED_TEMPLATE = await synthesizeForTest(localValues([ecKey('K1')], { keepDeletedDays: 7 }));
