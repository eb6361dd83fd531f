import { randomUUID } from 'node:crypto';
import { Route53 } from '@aws-sdk/client-route-53';
import { EDGE_REGION } from '@cloudfront-cookie-gateway/infra/values';
import type { Dns } from '../aws/dns.ts';
import { errorName, type Finding, look } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import { type Hosts, hostValue, type Subject } from './subject.ts';

const HOSTS = ['files', 'app'] as const;

/** Checks that DNS has no wildcard below the app host: every child of it gets the cookies of the files. */
export async function checkDns(hosts: Hosts, dns: Dns): Promise<Finding[]> {
  const { app } = hosts;
  if (app === undefined) return [];
  const value = hostValue(hosts, 'app');
  return look({ value }, 'DNS', async () => {
    // Nobody has made a record for this random name.
    const wildcard = await dns.addresses(`${randomUUID()}.${app}`);
    if (wildcard.length === 0) return [];
    const problem = `DNS knows every child of ${app} (a wildcard): the cookies of the files are set for all of them`;
    return [{ value, problem, do: `remove the record *.${app}` }];
  });
}

/**
 * The records that are missing or lead elsewhere once the stack is up. `npm run deploy` waits for them.
 * @param targets the names to which the hosts must lead, from the outputs of the stack
 * @param hostedZoneId the zone in which the stack has made them; undefined if a person makes them
 */
export async function checkTargets(
  hosts: Omit<Hosts, 'isDomain'>,
  targets: Record<'files' | 'app', string>,
  dns: Dns,
  hostedZoneId: string | undefined,
): Promise<Finding[]> {
  const found = await Promise.all(
    HOSTS.map(async (host) => {
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

const ZONE = 'hostedZoneId';

/**
 * Checks the Route 53 zone: it is public, it is the zone of the hosts' domain, and DNS asks it. Otherwise ACM would wait
 * for a record that it never sees.
 */
export async function checkZone({ values, hosts }: Subject, dns: Dns): Promise<Finding[]> {
  const { hostedZoneId: Id } = values;
  const { app } = hosts;
  if (Id === undefined || app === undefined) return [];
  return look({ value: ZONE }, 'route53:GetHostedZone', async () => {
    const route53 = new Route53({ ...CALLS, region: EDGE_REGION });
    try {
      const { HostedZone: zone, DelegationSet: set } = await route53.getHostedZone({ Id });
      const name = zone?.Name?.replace(/\.$/, '') ?? '';
      if (zone?.Config?.PrivateZone) {
        return [{ value: ZONE, problem: 'the zone is private', do: 'name the public zone of the domain' }];
      }
      if (app !== name && !app.endsWith(`.${name}`)) {
        const problem = `the zone is ${name}, and ${app} is not in it`;
        return [{ value: ZONE, problem, do: `name the zone that ${app} is in` }];
      }
      return await delegationFault(dns, name, set?.NameServers ?? []);
    } catch (error) {
      if (errorName(error) !== 'NoSuchHostedZone') throw error;
      return [
        { value: ZONE, problem: 'no zone has this id', do: 'aws route53 list-hosted-zones lists your zones' },
      ];
    }
  });
}

async function delegationFault(dns: Dns, zone: string, wanted: string[]): Promise<Finding[]> {
  return look({ value: ZONE }, 'DNS', async () => {
    const servers = await dns.nameServers(zone);
    if (servers.some((server) => wanted.includes(server))) return [];
    const asked =
      servers.length > 0 ? `asks ${servers.join(', ')} for ${zone}` : `knows no name server of ${zone}`;
    const what = `enter ${wanted.join(', ')} as its name servers at the registrar or in the zone above`;
    return [{ value: ZONE, problem: `DNS ${asked}, not this zone`, do: what }];
  });
}
