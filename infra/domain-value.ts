import { HOST_NAME, LONGEST_HOST } from './files-host-values.ts';
import { createValueReader, type Fault } from './value-reader.ts';

/** Used for a domain that is not a valid name, so that it causes no second fault. */
const ANY_NAME = 'app.example.com';

/**
 * The origins that `domain` stands for. Empty if it is left out.
 * @param faults takes each fault
 */
export function originsOf(raw: Record<string, unknown>, faults: Fault[]) {
  const { fault } = createValueReader(raw, faults);
  const { domain, appOrigin, filesOrigin } = raw;
  if (domain === undefined) return {};
  if (appOrigin !== undefined || filesOrigin !== undefined) {
    fault('domain', 'stands for appOrigin and filesOrigin: leave these two out, or domain');
  }
  const isName = typeof domain === 'string' && HOST_NAME.test(domain);
  if (!isName) fault('domain', 'must be the name of the app host alone, such as app.example.com');
  const isLong = isName && filesHost(domain).length > LONGEST_HOST;
  if (isLong) {
    fault(
      'domain',
      `has more than ${LONGEST_HOST - filesHost('').length} characters: ACM makes no certificate for files.<domain>`,
    );
  }
  const name = isName && !isLong ? domain : ANY_NAME;
  return { appOrigin: `https://${name}`, filesOrigin: `https://${filesHost(name)}` };
}

function filesHost(domain: string): string {
  return `files.${domain}`;
}

/**
 * The faults for a person who gave `domain`, and no origins. A fault of `appOrigin` gets the name `domain`. A fault of
 * `filesOrigin` would only repeat it, so it is left out.
 */
export function withoutOrigins(faults: Fault[]): Fault[] {
  return faults
    .filter(({ path }) => path !== 'filesOrigin')
    .map((fault) => (fault.path === 'appOrigin' ? { ...fault, path: 'domain' } : fault));
}
