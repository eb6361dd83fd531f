import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { DiscoveryError, discover } from '@cloudfront-cookie-gateway/auth/provider/discovery';
import { TIME_LIMITS } from '@cloudfront-cookie-gateway/auth/settings/time-limits';
import { howToTrust, isContainer, relayToLoopback } from './fronts.ts';
import { LOCK_NAME, takeLock } from './lock.ts';
import {
  checkPorts,
  type LocalSettings,
  LocalSettingsError,
  parseLocalSettings,
  settingsOfFile,
  startFaults,
} from './settings.ts';
import { startLocalStack } from './stack.ts';

const DIRECTORY = fileURLToPath(new URL('../../.local', import.meta.url));
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** `npm start [-- --reset]`; the container image `local` adds `--in-container`. */
async function main(args: string[]): Promise<void> {
  const unknown = args.filter((argument) => argument !== '--reset' && argument !== '--in-container');
  if (unknown.length > 0)
    throw new LocalSettingsError([`unknown option ${unknown[0]}; the only option is --reset`]);
  const isInContainer = args.includes('--in-container');
  if (isInContainer && !isContainer()) {
    throw new LocalSettingsError([
      '--in-container is only for the image: here it would open the ports to the network',
    ]);
  }
  // The shell's environment outranks the file.
  const settings = parseLocalSettings({ ...settingsOfFile('.env'), ...process.env });
  // The check comes before the wipe: nothing is wiped while a stack runs.
  await checkPorts(settings.ports, settings.provider !== undefined);
  const registration = settings.provider && (await registrationAt(settings.provider, settings.appOrigin));
  takeLock(DIRECTORY);
  if (args.includes('--reset')) wipe(DIRECTORY);
  let isClosing = false;
  const close = async (status: number) => {
    if (isClosing) return;
    isClosing = true;
    // Ends the process even if a part hangs.
    setTimeout(() => process.exit(status), 4_800);
    await (await started).close();
    process.exit(status);
  };
  process.on('SIGINT', () => close(0));
  process.on('SIGTERM', () => close(0));
  console.log('Starting: the page, the template, the stores and the services ...');
  const started = startLocalStack({
    settings,
    directory: DIRECTORY,
    onLogLine: (line) => {
      if (line.startsWith('Debugger listening on ')) console.log(`Auth service: ${line}`);
    },
    onCrash: (how) => {
      console.error(`start: the auth service ${how}; .local/auth.log says why`);
      void close(1);
    },
  });
  await started;
  if (isInContainer) {
    const { app, edge, identityProvider, s3 } = settings.ports;
    await relayToLoopback(settings.provider ? [app, edge, s3] : [app, edge, identityProvider, s3]);
  }
  console.log(
    registration?.join('\n') ??
      `Open ${settings.appOrigin} and sign in with any name, such as alice; the password is not checked.`,
  );
  console.log(
    `Files are served from ${settings.filesOrigin}. Everything is kept in .local/ (npm start -- --reset wipes it).`,
  );
  for (const [name, value] of Object.entries(settings.assumptions)) {
    console.log(`The local CloudFront runs with ${name}=${value} (EDGE_ASSUMPTIONS).`);
  }
  if (settings.https) console.log(howToTrust('.local/https/authority.pem'));
  console.log(`ready ${settings.appOrigin}`);
}

function wipe(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name !== LOCK_NAME) rmSync(join(directory, name), { recursive: true });
  }
}

/**
 * Asks the operator's own provider for its configuration.
 * @returns the addresses to register at the provider, in lines
 * @throws LocalSettingsError if discovery fails; it says what was asked and what came
 */
async function registrationAt(
  { issuer, clientId }: { issuer: string; clientId: string },
  appOrigin: LocalSettings['appOrigin'],
): Promise<string[]> {
  try {
    await discover(issuer, TIME_LIMITS.providerMs);
  } catch (error) {
    const fault = error instanceof Error ? error.cause : undefined;
    if (fault instanceof DiscoveryError) throw new LocalSettingsError([`OIDC_ISSUER: ${fault.message}`]);
    throw error;
  }
  const isNear = [issuer, appOrigin].every((url) => LOOPBACK.includes(new URL(url).hostname));
  return [
    `Identity provider: ${issuer}. Register these for its client ${clientId}:`,
    `  redirect URI         ${appOrigin}/auth/callback`,
    `  after logout         ${appOrigin}/auth/signed-out`,
    `  back-channel logout  ${appOrigin}/auth/backchannel-logout`,
    isNear
      ? '  (if the provider runs in a container, it cannot reach the last one: localhost is the container there)'
      : '  The provider cannot reach the last one, which is on this machine. If the provider ends a session, this stack learns of it at the next recheck (PROVIDER_RECHECK_SECONDS), or not at all.',
  ];
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const faults = startFaults(error);
  if (faults) for (const fault of faults) console.error(`start: ${fault}`);
  else console.error('start:', error);
  process.exit(1);
}
