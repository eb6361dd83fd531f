import process from 'node:process';
import { createEdgeTeller } from './edge/teller.ts';
import { createLazyFiles } from './files/lazy-bucket.ts';
import { createSchedule, type ScheduleReport } from './schedule.ts';
import { createDeletion } from './teams/deletion.ts';
import { describeError, EDGE_STATE, failureLogs, logClock } from './wiring/logger.ts';
import { clientOptions, surroundings } from './wiring/surroundings.ts';

/** How much of the function's time a run leaves for its last step and its answer, in milliseconds. */
const RESERVE_MS = 10_000;

const {
  TABLE_NAME: tableName = '',
  DETAILS_TABLE_NAME: detailsTableName = '',
  BUCKET_NAME: bucketName = '',
  KEY_VALUE_STORE_ARN: keyValueStoreArn = '',
  KEY_VALUE_STORE_ENDPOINT: endpoint,
} = process.env;
const around = surroundings({
  ...{ tableName, detailsTableName, keyValueStoreArn },
  ...(endpoint ? { keyValueStoreEndpoint: endpoint } : {}),
});
const deps = { ...around, ...around.stores };
/** Lines in the form of the service's log. `console` would put words in front, and metric filters could not read them. */
const log = {
  info: (details: object, msg: string) => write({ level: 30, ...details, msg }),
  error: ({ err, ...details }: { err?: unknown }, msg: string) =>
    write({ level: 50, ...details, ...(err === undefined ? {} : { err: describeError(err) }), msg }),
};
const { onEdgeError, onDeletionError } = failureLogs(() => log);
logClock(around.clockGuard, log);
const teller = createEdgeTeller({ ...deps, outlivesRequests: false, onEdgeError });
const files = createLazyFiles({
  ...around,
  client: clientOptions(around.limits),
  bucketName,
  now: () => around.clock.now(),
});
const deletion = createDeletion({ ...deps, ...files, onFailure: onDeletionError });
const schedule = createSchedule({ ...deps, teller, deletion });

/**
 * EventBridge calls this by a schedule. It finishes what other processes left, and then logs the state of the edge. It
 * loads no web framework.
 * @throws Error after a run in which something failed
 */
export async function handler(
  _event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<ScheduleReport> {
  const report = await schedule.run(context.getRemainingTimeInMillis() - RESERVE_MS);
  log.info(report, EDGE_STATE);
  // Everything else is done by now. Lambda counts the error, and an alarm watches the count.
  if (report.failures > 0) throw new Error(`${report.failures} steps or items failed; the log names each`);
  return report;
}

function write(line: object): void {
  process.stdout.write(`${JSON.stringify({ time: Date.now(), ...line })}\n`);
}
