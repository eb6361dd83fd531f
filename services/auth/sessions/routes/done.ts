import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import { route } from '../../http/route.ts';

/** Tells the other windows of this origin, and closes. A browser closes only a window that a script has opened. */
const SCRIPT = "new BroadcastChannel('cookie-gateway-done').postMessage('');close()";

/** The page at the end of a sign-in in a second window. It knows nothing, and holds nothing of a user. */
export const DONE_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Signed in</title>
<h1>You are signed in</h1>
<p>You can close this window.</p>
<p lang="ja">ログインしました。このウィンドウは閉じてかまいません。</p>
<script>${SCRIPT}</script>
</html>
`;

/** The page runs its one script, and nothing else, whatever the policy of the app's own page is. */
export const DONE_POLICY = `default-src 'none'; script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/**
 * Where a sign-in in a second window ends (`return_to=/auth/done`). A page that still has something to do for the user,
 * such as an upload, learns of the sign-in without being left.
 */
export const doneRoute = route({
  method: 'GET',
  url: '/auth/done',
  operation: 'done',
  summary: 'Where a sign-in in a second window ends',
  caller: 'anybody',
  answers: {
    200: Type.String({ description: 'A page that closes its window.', contentMediaType: 'text/html' }),
  },
  handler: async ({ reply }) =>
    reply.header('content-security-policy', DONE_POLICY).type('text/html; charset=utf-8').send(DONE_PAGE),
});
