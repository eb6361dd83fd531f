import process from 'node:process';
import { describeError, EDGE_NOT_TOLD, EDGE_STATE } from './logger.ts';
import { createEdgeTeller } from './revocations/edge-teller.ts';
import { createSchedule, type ScheduleReport } from './revocations/schedule.ts';
import { finishProviderLogouts } from './sessions/end-at-provider.ts';
import { surroundings } from './surroundings.ts';

/** What a run leaves of the function's time, in milliseconds, for its last step and its answer. */
const RESERVE_MS = 10_000;

const {
  TABLE_NAME: tableName = '',
  KEY_VALUE_STORE_ARN: arn = '',
  KEY_VALUE_STORE_ENDPOINT: endpoint,
} = process.env;
const around = surroundings({ tableName, keyValueStore: { arn, ...(endpoint ? { endpoint } : {}) } });
const deps = { ...around, ...around.stores };
const onEdgeError = (error: unknown) => log(50, EDGE_NOT_TOLD, { err: describeError(error) });
const teller = createEdgeTeller({ ...deps, outlivesRequests: false, onEdgeError });
const sessions = { finishProviderLogouts: () => finishProviderLogouts({ ...deps, teller }) };
const schedule = createSchedule({ ...deps, teller, sessions });

/** By a schedule of EventBridge: finishes what was left behind, then logs how it stands. It loads no web framework. */
export async function handler(
  _event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<Partial<ScheduleReport>> {
  let failure: unknown;
  const budgetMs = context.getRemainingTimeInMillis() - RESERVE_MS;
  const report = await schedule.run(budgetMs).catch((error: unknown) => {
    failure = error;
    onEdgeError(error);
    return schedule.look();
  });
  log(30, EDGE_STATE, report);
  if (failure !== undefined) throw failure;
  return report;
}

/** As the service logs, on a line of its own: `console` would put words in front, which metric filters cannot read. */
function log(level: number, msg: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), ...more, msg })}\n`);
}
