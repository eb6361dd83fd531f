import { currentSession, openFolder } from '../../server';

export async function POST(): Promise<Response> {
  const session = await currentSession();
  return session ? Response.json(await openFolder(session)) : new Response(null, { status: 401 });
}
