import { DiscoveryError, discover } from '../auth/adapters/discovery.ts';
import { TIME_LIMITS } from '../auth/domain/time-limits.ts';
import { type LocalSettings, LocalSettingsError } from './settings.ts';

/**
 * Looks at the provider of one's own.
 * @returns what to register there, in lines
 * @throws LocalSettingsError that says what was asked and what came, where it cannot be discovered
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
      ? '  (from a container the provider cannot reach the last one: localhost is the container there)'
      : '  The provider cannot reach the last one, which is on this machine: what it ends reaches this stack with the next question to it (PROVIDER_RECHECK_SECONDS), or not at all.',
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}
