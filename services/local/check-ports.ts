import { listenOnLoopback, PortTakenError } from '../../edge/local/loopback.ts';
import { type LocalSettings, LocalSettingsError, PORT_VARIABLES } from './settings.ts';

/** @throws LocalSettingsError that names every port that is taken */
export async function checkPorts({
  ports,
  provider,
}: Pick<LocalSettings, 'ports' | 'provider'>): Promise<void> {
  const faults: string[] = [];
  for (const [variable, port] of Object.entries(PORT_VARIABLES).map(
    ([name, [variable]]) =>
      [variable, Object.entries(ports).find(([key]) => key === name)?.[1] ?? 0] as const,
  )) {
    if (provider && variable === PORT_VARIABLES.identityProvider[0]) continue;
    try {
      await (await listenOnLoopback(() => {}, port)).close(0);
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      faults.push(
        `port ${port} is taken: stop the program that listens there, or set ${variable} to a free port`,
      );
    }
  }
  if (faults.length > 0) throw new LocalSettingsError(faults);
}
