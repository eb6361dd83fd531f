import { closeFolder, currentSession, endSession } from '../../server';

export async function POST(): Promise<Response> {
  const session = await currentSession();
  if (session) await closeFolder(session);
  await endSession();
  return new Response(null, { status: 303, headers: { Location: '/' } });
}
