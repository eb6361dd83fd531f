import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { Route53 } from '@aws-sdk/client-route-53';
import { EDGE_REGION } from '../../../../infra/edge-metrics.ts';
import type { Dns } from '../around/dns.ts';
import { errorName, type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import { hostValue, type Subject } from './subject.ts';

const value = 'hostedZoneId';

/**
 * Checks the Route 53 zone: it is public, it is the zone of the hosts' domain, DNS asks it, and it has no records for
 * their names.
 */
export async function checkZone(subject: Subject, dns: Dns, isFirst: boolean): Promise<Finding[]> {
  const { values, hosts, isGiven } = subject;
  const { hostedZoneId: Id } = values;
  if (Id === undefined || !isGiven(value) || hosts.app === undefined) return [];
  const app = hosts.app;
  return look({ value }, 'route53:GetHostedZone and route53:ListResourceRecordSets', async () => {
    const route53 = new Route53({ ...CALLS, region: EDGE_REGION });
    try {
      const { HostedZone: zone, DelegationSet: set } = await route53.getHostedZone({ Id });
      const name = zone?.Name?.replace(/\.$/, '') ?? '';
      if (zone?.Config?.PrivateZone) {
        return [{ value, problem: 'the zone is private', do: 'name the public zone of the domain' }];
      }
      if (app !== name && !app.endsWith(`.${name}`)) {
        const problem = `the zone is ${name}, and ${app} is not in it`;
        return [{ value, problem, do: `name the zone that ${app} is in` }];
      }
      const [delegation, taken] = await Promise.all([
        delegationFault(dns, name, set?.NameServers ?? []),
        takenNames(route53, Id, subject, isFirst),
      ]);
      return [...delegation, ...taken];
    } catch (error) {
      if (errorName(error) !== 'NoSuchHostedZone') throw error;
      return [
        { value, problem: 'no zone has this id', do: 'aws route53 list-hosted-zones lists your zones' },
      ];
    }
  });
}

async function delegationFault(dns: Dns, zone: string, wanted: string[]): Promise<Finding[]> {
  return look({ value }, 'DNS', async () => {
    const found = await dns.zone(zone);
    const servers = found.name === zone ? found.nameServers : [];
    if (servers.some((server) => wanted.includes(server))) return [];
    const asked =
      servers.length > 0 ? `asks ${servers.join(', ')} for ${zone}` : `knows no name server of ${zone}`;
    const what = `enter ${wanted.join(', ')} as its name servers at the registrar or in the zone above`;
    return [{ value, problem: `DNS ${asked}, not this zone`, do: what }];
  });
}

/** Records that would stop CloudFormation. */
async function takenNames(
  route53: Route53,
  HostedZoneId: string,
  subject: Subject,
  isFirst: boolean,
): Promise<Finding[]> {
  const ours = isFirst ? [] : await recordsOfStack(subject);
  const found = await Promise.all(
    (['files', 'app'] as const).map(async (host) => {
      const name = subject.hosts[host];
      if (name === undefined || ours.includes(name)) return [];
      const { ResourceRecordSets: sets = [] } = await route53.listResourceRecordSets({
        HostedZoneId,
        StartRecordName: name,
        MaxItems: 20,
      });
      const types = sets
        .filter(({ Name, Type }) => Name === `${name}.` && /^(?:A|AAAA|CNAME)$/.test(Type ?? ''))
        .map(({ Type }) => Type);
      if (types.length === 0) return [];
      const what = 'delete it, or choose another name; or remove hostedZoneId, and keep the record by hand';
      const problem = `the zone has a record ${types.join(', ')} of ${name} that is not the stack’s`;
      return [{ value: hostValue(subject, host), problem, do: what }];
    }),
  );
  return found.flat();
}

async function recordsOfStack({ values, place }: Subject): Promise<string[]> {
  const client = new CloudFormation({ ...CALLS, region: place.region });
  const { StackResources } = await client.describeStackResources({ StackName: values.stackName });
  return (StackResources ?? []).flatMap(({ ResourceType, PhysicalResourceId: id }) =>
    ResourceType === 'AWS::Route53::RecordSet' && id ? [id.replace(/\.$/, '')] : [],
  );
}
