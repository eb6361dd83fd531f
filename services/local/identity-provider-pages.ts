import { createHash } from 'node:crypto';

/** An HTML page and the policy that it needs. */
export interface Page {
  html: string;
  headers: Record<string, string>;
}

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
label { display: block; margin-top: 1rem }
input, button { font: inherit; box-sizing: border-box; width: 100%; padding: .5rem; margin-top: .25rem }
button { margin-top: 1.5rem; color: #fff; background: #14539a; border: 0; border-radius: .25rem; cursor: pointer }
:focus-visible { outline: 3px solid #c2410c; outline-offset: 2px }
.note { color: #4b5563 } .error { color: #b91c1c }`;

const SUBMIT_LOGOUT = `document.getElementById('op.logoutForm').querySelector('button').click()`;

/** @param error what was wrong with the last try, in words */
export function loginPage(login: string, error?: string): Page {
  const described = error === undefined ? '' : ' aria-invalid="true" aria-describedby="error"';
  return page(
    'Sign in',
    `<p class="note">This identity provider is for development: any login signs in, and the password is not checked.</p>
${error === undefined ? '' : `<p class="error" id="error" role="alert">${escapeHtml(error)}</p>`}
<form method="post">
<label for="login">Login</label>
<input id="login" name="login" value="${escapeHtml(login)}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password">
<button>Sign in</button>
</form>`,
  );
}

/** @param form the provider's own form, which lacks a button */
export function logoutPage(form: string): Page {
  const button = '<button name="logout" value="yes">Sign out</button></form>';
  return page('Signing out', form.replace('</form>', button), SUBMIT_LOGOUT);
}

export function messagePage(title: string, message: string): Page {
  return page(title, `<p>${escapeHtml(message)}</p>`);
}

function page(title: string, body: string, script?: string): Page {
  const scripts = script === undefined ? '' : `; script-src '${sha256(script)}'`;
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
${script === undefined ? '' : `<script>${script}</script>`}
</body>
</html>
`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // Without form-action: browsers apply it to the redirect back to the client as well.
      'content-security-policy': `default-src 'none'; style-src '${sha256(STYLE)}'${scripts}; base-uri 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      // Not no-referrer, which would make the form's own POST say `Origin: null`.
      'referrer-policy': 'same-origin',
    },
  };
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
