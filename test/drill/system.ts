import { fileURLToPath } from 'node:url';
import { PORT_VARIABLES } from '../../services/local/settings.ts';
import { freePorts } from '../support/ports.ts';
import { freePortVariables, startTestStack, type Teardown, type TestStack } from '../support/test-stack.ts';
import { type BreakableProxy, type Part, startProxy } from './damage.ts';
import { type Pace, USUAL } from './pace.ts';

export interface System {
  stack: TestStack;
  proxies: Record<Part, BreakableProxy>;
  pace: Pace;
  /** How long each question took with nothing broken, in milliseconds, by its name. */
  soundMs: Map<string, number>;
  /** The number of people so far. Each question has its own. */
  people: number;
}

/** The whole local system, with a proxy in front of each part that can break. Clients use the ports of the proxies. */
export async function startSystem(t: Teardown, pace: Pace): Promise<System> {
  const env = await freePortVariables();
  const behind: Partial<Record<Part, number>> = {};
  const start = async (part: Part) => {
    const [port = 0] = await freePorts(1);
    behind[part] = port;
    const proxy = await startProxy(Number(env[PORT_VARIABLES[part][0]]), port, pace.slowMs);
    t.teardown(proxy.close);
    return proxy;
  };
  const proxies = {
    dynamodb: await start('dynamodb'),
    s3: await start('s3'),
    cloudFrontApi: await start('cloudFrontApi'),
    identityProvider: await start('identityProvider'),
  };
  // Without the demonstration of `npm start`, which sends requests of its own after each sign-out.
  const entry = pace.limits === USUAL.limits ? '../../services/auth/main.ts' : 'hasty-service.ts';
  const authEntry = fileURLToPath(new URL(entry, import.meta.url));
  const stack = await startTestStack(t, { env, behind, authEntry });
  return { stack, proxies, pace, soundMs: new Map(), people: 0 };
}
