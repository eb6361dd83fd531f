import t from 'tap';
import { ofType, plain, templatesOf } from './support/production.ts';

const RECORDS = 'AWS::Route53::RecordSet';
const APP = {
  HostedZoneId: 'Z0123456789',
  Name: 'app.example.com',
  Type: 'A',
  AliasTarget: { DNSName: '<AppHost.RegionalDomainName>', HostedZoneId: '<AppHost.RegionalHostedZoneId>' },
};
const FILES = {
  HostedZoneId: 'Z0123456789',
  Name: 'files.app.example.com',
  Type: 'A',
  // The hosted zone of CloudFront itself (AWS General Reference).
  AliasTarget: { DNSName: '<Distribution.DomainName>', HostedZoneId: 'Z2FDTNDATAQYW2' },
};

t.test(
  'with a zone, the stack has the records of both hosts, by IPv6 if the files host has IPv6',
  async (t) => {
    const recordsOf = (changes: object) =>
      ofType(templatesOf(changes).gateway, RECORDS).map(({ Properties }) => plain(Properties));
    const hostedZoneId = 'Z0123456789';
    t.strictSame(recordsOf({ hostedZoneId }), [FILES, APP]);
    t.strictSame(recordsOf({ hostedZoneId, ipv6: true }), [FILES, { ...FILES, Type: 'AAAA' }, APP]);
    t.strictSame(recordsOf({}), [], 'without a zone, the stack has no records');
  },
);
