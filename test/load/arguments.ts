import { parseCommand, type Syntax, UsageError } from '../../services/operator/cli/command-line.ts';
import { isScenarioName, needsOwnSystem, requestsAtMost, SCENARIOS, type Scenario } from './scenarios.ts';
import { isLoopback } from './target.ts';

export interface Arguments {
  /** The scenarios to run, in order. */
  chosen: { name: string; scenario: Scenario }[];
  /** The files host, unless this run starts a local system of its own. */
  target?: string;
  seed: number;
}

/** The most requests to a person's AWS account without asking: about two cents of requests, and as much for S3. */
const REQUEST_BUDGET = 10_000;

const text = { type: 'string' } as const;

const LOAD = {
  usage:
    'npm run load -- [scenario …] [--rate N | --concurrency N] [--seconds N] [--requests N] [--users N] [--seed N] [--target origin [--yes-this-costs]]',
  about: 'sends what many people send, and judges by thresholds.json',
  options: {
    rate: text,
    concurrency: text,
    seconds: text,
    requests: text,
    users: text,
    seed: text,
    target: text,
    'yes-this-costs': { type: 'boolean', default: false },
  },
  operands: [0, Number.POSITIVE_INFINITY],
} as const satisfies Syntax;

/**
 * @param args such as `steady --rate 500`
 * @param seed used if the arguments name none
 * @throws UsageError that names the fault, and says what to do
 */
export function parseArguments(args: string[], seed: number): Arguments {
  const { values, operands: wantedNames } = parseCommand(LOAD, args);
  const number = (name: 'rate' | 'concurrency' | 'seconds' | 'requests' | 'users' | 'seed', most: number) => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new UsageError(`--${name} must be a whole number, 1 to ${most}`);
  };
  const unknown = wantedNames.filter((name) => !isScenarioName(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `no scenario ${unknown.join(', ')}; there are: ${Object.keys(SCENARIOS).join(', ')}`,
    );
  }
  const rate = number('rate', 100_000);
  const concurrency = number('concurrency', 1_000);
  if (rate !== undefined && concurrency !== undefined) {
    throw new UsageError('--rate is for an open loop and --concurrency for a closed one: give one of them');
  }
  const changes: Partial<Scenario> = withoutUndefined({
    arrival: rate ? { ratePerSecond: rate } : concurrency ? { concurrency } : undefined,
    seconds: number('seconds', 3_600),
    maxUnits: number('requests', 100_000_000),
    users: number('users', 100_000),
  });
  const target = values.target === undefined ? undefined : parseTarget(values.target);
  const names = Object.keys(SCENARIOS).filter(isScenarioName);
  const wanted = wantedNames.length > 0 ? names.filter((name) => wantedNames.includes(name)) : names;
  const all = wanted.map((name) => ({ name, scenario: { ...SCENARIOS[name], ...changes } as Scenario }));
  const chosen = all.filter(({ scenario }) => target === undefined || !needsOwnSystem(scenario));
  const left = all.filter((each) => !chosen.includes(each)).map(({ name }) => name);
  if (left.length > 0 && wantedNames.length > 0) {
    throw new UsageError(
      `${left.join(', ')} needs the local system, where anybody can sign in and keys may change: leave --target out`,
    );
  }
  if (target !== undefined && !isLoopback(target) && !values['yes-this-costs']) requireBudget(chosen);
  return {
    chosen,
    seed: number('seed', 2 ** 31) ?? seed,
    ...(target === undefined ? {} : { target }),
  };
}

function requireBudget(chosen: Arguments['chosen']): void {
  const most = chosen.reduce((sum, { scenario }) => sum + requestsAtMost(scenario), 0);
  if (most <= REQUEST_BUDGET) return;
  const count = Number.isFinite(most) ? `up to ${Math.ceil(most)} requests` : 'requests without a bound';
  throw new UsageError(
    `that is ${count} to somebody's AWS account, and more than ${REQUEST_BUDGET} need --yes-this-costs; --requests, --seconds, --rate and --users lower the number`,
  );
}

function parseTarget(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.origin !== text || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(
      '--target must be an origin, such as https://files.app.example.com, with no slash at the end',
    );
  }
  if (url.protocol === 'http:' && !isLoopback(text)) {
    throw new UsageError(
      '--target must be https:// unless it is this machine: signed cookies are sent to it',
    );
  }
  return text;
}

function withoutUndefined(
  values: { [Key in keyof Scenario]?: Scenario[Key] | undefined },
): Partial<Scenario> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
