import { randomBytes } from 'node:crypto';
import type { Dns } from '../around/dns.ts';
import { type Finding, look } from '../around/finding.ts';
import type { Hosts } from './subject.ts';

/** ACM's names in CAA records (ACM user guide, "Configure a CAA record"). */
const AMAZON = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'];

/**
 * Checks the DNS of the hosts before there is a stack. There must be no wildcard below the app host, and Amazon must be
 * allowed to issue certificates.
 */
export async function checkDns(hosts: Hosts, dns: Dns, value: string): Promise<Finding[]> {
  const { app } = hosts;
  if (app === undefined) return [];
  return look({ value }, 'DNS', async () => {
    const [wildcard, ...authorities] = await Promise.all([
      // Nobody has made a record for this random name.
      dns.addresses(`${randomBytes(8).toString('hex')}.${app}`),
      ...[hosts.files ?? app, app].map((host) => dns.certificateAuthorities(host)),
    ]);
    const findings: Finding[] = [];
    if (wildcard.length > 0) {
      const problem = `DNS knows every child of ${app} (a wildcard): the cookies of the files are set for all of them`;
      findings.push({ value, problem, do: `remove the record *.${app}` });
    }
    if (authorities.some((allowed) => allowed && !allowed.some((one) => AMAZON.includes(one)))) {
      const problem = 'a CAA record keeps Amazon from issuing certificates for it';
      findings.push({ value, problem, do: 'add the CAA record 0 issue "amazon.com"' });
    }
    return findings;
  });
}

/** The names to which the hosts must lead, from the outputs of the stack. */
export interface Targets {
  files: string;
  app: string;
}

/**
 * The records that are missing or lead elsewhere once the stack is up. `npm run deploy` waits for them.
 * @param hostedZoneId the zone in which the stack has made them; undefined if a person makes them
 */
export async function checkTargets(
  hosts: Hosts,
  targets: Targets,
  dns: Dns,
  hostedZoneId: string | undefined,
): Promise<Finding[]> {
  const found = await Promise.all(
    (['files', 'app'] as const).map(async (host) => {
      const name = hosts[host];
      if (name === undefined) return [];
      const resource = `DNS ${name}`;
      return look({ resource }, 'DNS', async () => {
        const problem = await targetFault(name, targets[host], dns);
        const isMissing = problem === MISSING;
        const byHand = `make the CNAME (or alias) ${name} to ${targets[host]}`;
        const byStack = isMissing
          ? 'nothing: the stack has made this record, and the name servers give it in a minute'
          : `the stack’s record is in zone ${hostedZoneId}: delete the other one, or let DNS ask that zone`;
        const what = hostedZoneId === undefined ? byHand : byStack;
        return problem === undefined ? [] : [{ resource, problem, do: what, isNote: true }];
      });
    }),
  );
  return found.flat();
}

const MISSING = 'DNS does not know it yet';

async function targetFault(name: string, target: string, dns: Dns): Promise<string | undefined> {
  const [alias] = await dns.canonicalNames(name);
  if (alias !== undefined)
    return alias.toLowerCase() === target.toLowerCase() ? undefined : `it leads to ${alias}`;
  return (await dns.addresses(name)).length > 0 ? undefined : MISSING;
}
