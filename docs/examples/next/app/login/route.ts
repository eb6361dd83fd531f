import { cpSync } from 'node:fs';
import { beginSession, folderOf, openFolder } from '../../server';

// STAND-IN: only the call of openFolder belongs into your own login.
export async function POST(request: Request): Promise<Response> {
  const name = (await request.formData()).get('name');
  if (typeof name !== 'string' || name === '') return new Response(null, { status: 400 });
  const session = await beginSession(name);
  if (!session) return new Response(null, { status: 429 });
  // With the cookies now, the first page shows its images at once.
  await openFolder(session);
  // The first files of a new person.
  cpSync('samples', folderOf(session), { recursive: true });
  return new Response(null, { status: 303, headers: { Location: '/' } });
}
