import t from 'tap';
import { deriveTeamId } from '../../../core/owner.ts';
import { parseJson, signIn } from '../../support/client.ts';
import { startTestStack } from '../../support/test-stack.ts';

t.test(
  'TEAM_CLAIM=groups: each group of the local provider is a team, whose set opens it at the edge',
  async (t) => {
    const stack = await startTestStack(t, { env: { TEAMS: 'both', TEAM_CLAIM: 'groups' } });
    const alice = await signIn(stack, 'alice');
    const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
    const id = deriveTeamId(issuer, 'everyone');
    const summary = { id, name: 'everyone', role: 'editor', kind: 'provider', prefix: `/teams/${id}/` };
    const listed = await parseJson(await alice.request(`${stack.appOrigin}/api/teams`));
    t.strictSame(listed, { teams: [summary], mayMake: true });
    t.equal((await alice.post(`/auth/refresh?team=${id}`)).status, 200);
    const opened = await alice.request(`${stack.filesOrigin}/teams/${id}/?clear`);
    t.equal(opened.status, 200);
    const elsewhere = await alice.request(
      `${stack.filesOrigin}/teams/${deriveTeamId(issuer, 'other')}/?clear`,
    );
    t.equal(elsewhere.status, 403);
  },
);
