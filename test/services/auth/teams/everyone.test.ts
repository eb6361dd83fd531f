import process from 'node:process';
import t from 'tap';
import { deriveTeamId } from '../../../../core/owner.ts';
import { type CookieJar, send } from '../../../support/client.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, createTable, startService, startStore } from '../support/service.ts';
import { startThrottledDynamoDb } from '../support/throttled-dynamodb.ts';

await startStore(t);
const db = await startThrottledDynamoDb();
t.teardown(() => db.close());
await createTable(db.endpoint);
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = db.endpoint;
const provider = await startMisbehavingProvider(t);

t.test(
  'thirty members of one team at once: no call is about its item, and a renewal is one read',
  async (t) => {
    const teamId = deriveTeamId(provider.issuer, 'everyone');
    const service = await startService(t, provider.issuer, { TEAMS: 'provider', TEAM_CLAIM: 'groups' });
    const { origin } = service;
    let subjects = 0;
    const claims = {
      // Each ID token is for another person.
      get sub() {
        return `member-${subjects++}`;
      },
      ...{ name: 'Member', email: 'member@example.test', email_verified: true, groups: ['everyone'] },
    };
    const renew = async (jar: CookieJar, query = '') => {
      const answer = await send(jar, `${origin}/auth/refresh${query}`, {
        method: 'POST',
        headers: { origin },
      });
      t.equal(answer.status, 200);
    };
    const team = `?team=${teamId}`;
    db.calls.splice(0);
    const jars = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { jar } = await attemptLogin(service, provider, { claims });
        await renew(jar, team);
        return jar;
      }),
    );
    const count = (operation: string, item: RegExp) =>
      db.calls.filter((call) => call.operation === operation && item.test(call.item ?? '')).length;
    t.equal(count('PutItem', /^user#/), 60, 'a record is written at the sign-in and at the opening');
    t.equal(db.calls.filter(({ item }) => item?.includes(teamId)).length, 0);
    t.equal(db.calls.filter(({ outcome }) => outcome !== 'done').length, 0);

    db.calls.splice(0);
    await Promise.all(jars.flatMap((jar) => [renew(jar), renew(jar, team)]));
    t.equal(count('GetItem', /^user#/), 60);
    t.equal(db.calls.length, 60);
  },
);
