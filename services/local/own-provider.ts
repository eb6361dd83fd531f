import { DiscoveryError, discover } from '../auth/adapters/discovery.ts';
import { TIME_LIMITS } from '../auth/domain/time-limits.ts';
import { type LocalSettings, LocalSettingsError } from './settings.ts';

/**
 * Asks the operator's own provider for its configuration.
 * @returns the addresses to register at the provider, in lines
 * @throws LocalSettingsError if discovery fails; it says what was asked and what came
 */
export async function registrationAt(
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
  const isNear = [issuer, appOrigin].every((url) => isLoopback(new URL(url).hostname));
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

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}
