import { spawn } from 'node:child_process';
import { once } from 'node:events';
import inspector from 'node:inspector';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type LocalSettings, LocalSettingsError, type Ports } from './settings.ts';
import { type LocalState, MOVER_FUNCTION, OIDC_CLIENT_ID } from './state.ts';

const DEMONSTRATION = fileURLToPath(new URL('demo/auth-service.ts', import.meta.url));
const SERVICE = fileURLToPath(new URL('../auth/main.ts', import.meta.url));

/** The variables of this shell that reach the service. None belongs to an AWS account or to another deployment. */
const INHERITED = /^(?:PATH|HOME|TMPDIR|TZ|LANG|LC_.*|NODE_.*)$/;
const KILL_AFTER_MS = 4_000;

export interface AuthServiceOptions {
  /** The program to run, in place of the usual one. */
  entry?: string | undefined;
  /** A built program of the service with the demonstration, to run in place of the sources. */
  demonstration?: string | undefined;
  settings: LocalSettings;
  /** The ports on which the parts listen. The service is one of the parts. */
  ports: Ports;
  /** The certificate authority of the local S3, if S3 speaks HTTPS. */
  authorityFile?: string | undefined;
  state: LocalState;
  /** The settings that name the stores and the mover. */
  stores: Record<string, string>;
  /** The built page, with the demonstration in it. */
  demoDirectory: string;
  onLogLine: (line: string) => void;
  /** Called if the service ends and nobody asked it to. `how` says in words how it ended. */
  onCrash: (how: string) => void;
}

/**
 * Runs the auth service as in production: a process of its own, with its settings in the environment. The demonstration
 * runs beside it, in the same process.
 */
export async function startAuthService(options: AuthServiceOptions) {
  // The demonstration belongs to the built-in page. A page of the operator's own runs without it.
  const hasOwnPage = options.settings.passedOn['WEB_DIRECTORY'] !== undefined;
  const usual = hasOwnPage ? SERVICE : (options.demonstration ?? DEMONSTRATION);
  // For `npm run dev`: a debugger finds the service at the port after the stack's.
  const flags = inspector.url() ? [`--inspect=127.0.0.1:${process.debugPort + 1}`] : [];
  const child = spawn(process.execPath, [...flags, options.entry ?? usual], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: environmentOf(options),
  });
  const faults: string[] = [];
  forwardLines([child.stdout, child.stderr], (line) => {
    if (line.startsWith('configuration: ')) faults.push(line.replace('configuration: ', ''));
    options.onLogLine(line);
  });
  const exited = once(child, 'exit');
  const ended = exited.then(([code, signal]) => endOf(code, signal));
  const first = await Promise.race([once(child, 'message'), ended]);
  if (faults.length > 0) throw new LocalSettingsError(faults);
  if (typeof first === 'string')
    throw new Error(`the auth service did not start: it ${first}; its log says why`);
  let isClosing = false;
  child.once('exit', (code, signal) => {
    if (!isClosing) options.onCrash(endOf(code, signal));
  });
  return {
    async close(): Promise<void> {
      isClosing = true;
      child.kill('SIGTERM');
      // A process that is stopped or hangs does not react to SIGTERM.
      const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function environmentOf({ settings, state, stores, ...options }: AuthServiceOptions): NodeJS.ProcessEnv {
  const [signingKey] = state.keys;
  if (!signingKey) throw new Error('there is no signing key in .local/keys');
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
  const localProvider = {
    OIDC_ISSUER: `http://localhost:${settings.ports.identityProvider}`,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET: state.secrets.oidcClientSecret,
  };
  return {
    ...Object.fromEntries(inherited),
    ...(options.entry === undefined ? {} : { WEB_DIRECTORY: options.demoDirectory }),
    ...settings.passedOn,
    APP_ORIGIN: settings.appOrigin,
    FILES_ORIGIN: settings.filesOrigin,
    HOST: 'localhost',
    PORT: String(options.ports.app),
    EDGE_PORT: String(options.ports.edge),
    ...(options.authorityFile ? { NODE_EXTRA_CA_CERTS: options.authorityFile } : {}),
    DEMO_DIRECTORY: options.demoDirectory,
    ...(settings.provider ? { DEMO_WITHOUT_PEOPLE: 'true' } : localProvider),
    NATIVE_CLIENT_IDS: settings.nativeClientIds.join(','),
    ...stores,
    SCAN: settings.isScanned ? 'demo' : '',
    MOVER_FUNCTION_NAME: MOVER_FUNCTION,
    KEY_PAIR_ID: signingKey.keyPairId,
    SIGNING_KEY: signingKey.privatePem,
    SIGNING_PUBLIC_KEY: signingKey.publicPem,
    LOGIN_SECRET: state.secrets.loginSecret,
    COOKIE_LIFETIME_SECONDS: String(settings.cookieLifetimeSeconds),
  };
}

function endOf(code: number | null, signal: string | null): string {
  return signal ? `was killed by ${signal}` : `ended with status ${code}`;
}

/** Calls with each line of what a program writes. */
export function forwardLines(streams: readonly (Readable | null)[], onLine: (line: string) => void): void {
  for (const stream of streams) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
  }
}
