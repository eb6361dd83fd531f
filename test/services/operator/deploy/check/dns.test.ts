import t from 'tap';
import { checkDns, checkTargets } from '../../../../../services/operator/deploy/check/dns.ts';
import { APP, createWorld, FILES, type World } from '../support/world.ts';

const HOSTS = { app: APP, files: FILES, isDomain: false };
const TARGETS = { app: 'd-1.execute-api.example.net', files: 'd1.cloudfront.net' };
const CAA = 'a CAA record keeps Amazon from issuing certificates for it';
const WILDCARD = `DNS knows every child of ${APP} (a wildcard): the cookies of the files are set for all of them`;

/** DNS, and what is wrong with it before there is a stack. */
const BEFORE: [what: string, dns: Partial<World>, problems: string[]][] = [
  ['nothing', {}, []],
  ['a name of its own below the app host', { addresses: { [`x.${APP}`]: ['192.0.2.1'] } }, []],
  ['a wildcard', { addresses: { [`*.${APP}`]: ['192.0.2.1'] } }, [WILDCARD]],
  ['the authorities of the files host', { authorities: { [FILES]: ['letsencrypt.org'] } }, [CAA]],
  ['the authorities of the app host', { authorities: { [APP]: ['letsencrypt.org'] } }, [CAA]],
  ['no authority at all', { authorities: { [APP]: [] } }, [CAA]],
  ['Amazon beside another', { authorities: { [APP]: ['letsencrypt.org', 'awstrust.com'] } }, []],
];

for (const [what, dns, problems] of BEFORE) {
  t.test(`before there is a stack: ${what}`, async (t) => {
    const world = Object.assign(createWorld(), dns);
    const found = await checkDns(HOSTS, world.dns);
    t.strictSame(
      found.map(({ problem }) => problem),
      problems,
    );
    t.match(
      found,
      found.map(() => ({ value: 'appOrigin' })),
    );
    t.strictSame(await checkDns({ files: FILES, isDomain: false }, world.dns), [], 'without the app host');
  });
}

const MISSING = 'DNS does not know it yet';

/** DNS, and what is wrong with the files host once there is a stack. */
const AFTER: [what: string, dns: Partial<World>, problem: string | undefined][] = [
  ['no record', {}, MISSING],
  ['an alias', { addresses: { [FILES]: ['192.0.2.1'] } }, undefined],
  ['its CNAME', { canonicalNames: { [FILES]: ['D1.cloudfront.net'] } }, undefined],
  ['another CNAME', { canonicalNames: { [FILES]: [TARGETS.app] } }, `it leads to ${TARGETS.app}`],
];

for (const [what, dns, problem] of AFTER) {
  t.test(`once there is a stack: ${what}`, async (t) => {
    const world = Object.assign(createWorld(), dns);
    const finding = { resource: `DNS ${FILES}`, problem, isNote: true };
    const found = async (zone?: string) => checkTargets({ files: FILES }, TARGETS, world.dns, zone);
    const byHand = `make the CNAME (or alias) ${FILES} to ${TARGETS.files}`;
    const byStack =
      problem === MISSING ? /^nothing: the stack has made/ : /^the stack’s record is in zone Z1: /;
    t.match(await found(), problem === undefined ? [] : [{ ...finding, do: byHand }]);
    t.match(await found('Z1'), problem === undefined ? [] : [{ ...finding, do: byStack }]);
    t.equal((await found()).length, problem === undefined ? 0 : 1);
  });
}
