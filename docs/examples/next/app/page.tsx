import { readdirSync } from 'node:fs';
import { currentSession, folderOf, urlOf } from '../server';
import { Renewal } from './renewal';

export default async function Page() {
  const session = await currentSession();
  if (!session)
    return (
      <form method="post" action="/login">
        <label>
          Your name <input name="name" required />
        </label>
        <button type="submit">Sign in</button>
      </form>
    );
  const pictures = readdirSync(folderOf(session)).filter((file) => file.endsWith('.jpg'));
  return (
    <main>
      <Renewal />
      <form method="post" action="/logout">
        <button type="submit">Sign out {session.name}</button>
      </form>
      {pictures.map((file) => (
        <img key={file} src={urlOf(session, file)} alt={file} />
      ))}
    </main>
  );
}
