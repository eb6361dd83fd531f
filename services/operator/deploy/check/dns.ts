import { randomUUID } from 'node:crypto';
import { Route53 } from '@aws-sdk/client-route-53';
import { EDGE_REGION } from '@cloudfront-cookie-gateway/infra/values';
import type { Dns } from '../around/dns.ts';
import { errorName, type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import { resourcesOf } from '../around/stacks.ts';
import { type Hosts, hostValue, type Subject } from './subject.ts';

const HOSTS = ['files', 'app'] as const;

/** ACM's names in CAA records (ACM user guide, "Configure a CAA record"). */
const AMAZON = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'];

/**
 * Checks the DNS of the hosts before there is a stack. There must be no wildcard below the app host, and Amazon must be
 * allowed to issue certificates.
 */
export async function checkDns(hosts: Hosts, dns: Dns): Promise<Finding[]> {
  const { app } = hosts;
  if (app === undefined) return [];
  const value = hostValue(hosts, 'app');
  return look({ value }, 'DNS', async () => {
    const [wildcard, ...authorities] = await Promise.all([
      // Nobody has made a record for this random name.
      dns.addresses(`${randomUUID()}.${app}`),
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
 * Checks the Route 53 zone: it is public, it is the zone of the hosts' domain, DNS asks it, and it has no records for
 * their names.
 */
export async function checkZone(subject: Subject, dns: Dns, isFirst: boolean): Promise<Finding[]> {
  const { hostedZoneId: Id } = subject.values;
  const { app } = subject.hosts;
  if (Id === undefined || app === undefined) return [];
  return look({ value: ZONE }, 'route53:GetHostedZone and route53:ListResourceRecordSets', async () => {
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
      const [delegation, taken] = await Promise.all([
        delegationFault(dns, name, set?.NameServers ?? []),
        takenNames(route53, Id, subject, isFirst),
      ]);
      return [...delegation, ...taken];
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

const ADDRESSES = ['A', 'AAAA', 'CNAME'];

/** Records that would stop CloudFormation. */
async function takenNames(
  route53: Route53,
  HostedZoneId: string,
  subject: Subject,
  isFirst: boolean,
): Promise<Finding[]> {
  const { stackName, place } = subject;
  const records = isFirst ? [] : await resourcesOf(stackName, place.region, 'AWS::Route53::RecordSet');
  const ours = records.map((id) => id.replace(/\.$/, ''));
  const found = await Promise.all(
    HOSTS.map(async (host) => {
      const name = subject.hosts[host];
      if (name === undefined || ours.includes(name)) return [];
      const { ResourceRecordSets: sets = [] } = await route53.listResourceRecordSets({
        HostedZoneId,
        StartRecordName: name,
      });
      const types = sets
        .filter(({ Name, Type = '' }) => Name === `${name}.` && ADDRESSES.includes(Type))
        .map(({ Type }) => Type);
      if (types.length === 0) return [];
      const what = 'delete it, or choose another name; or remove hostedZoneId, and keep the record by hand';
      const problem = `the zone has a record ${types.join(', ')} of ${name} that is not the stack’s`;
      return [{ value: hostValue(subject.hosts, host), problem, do: what }];
    }),
  );
  return found.flat();
}
