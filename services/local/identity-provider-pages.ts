import { createHash } from 'node:crypto';

/** An HTML page and the policy that it needs. */
export interface Page {
  html: string;
  headers: Record<string, string>;
}

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem; color: #1c1c28; background: #f6f6f9 }
label { display: block; margin-top: 1rem }
input, button { font: inherit; box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; margin-top: .25rem; border: 1px solid #8a8a99; border-radius: .6rem }
button { margin-top: 1.5rem; font-weight: 600; color: #fff; background: #4f46e5; border: 0; cursor: pointer }
:focus-visible { outline: 3px solid #4f46e5; outline-offset: 2px }
.note { color: #5f6072 } .error { color: #b42318 }
@media (prefers-color-scheme: dark) {
:root { color-scheme: dark } body { color: #ececf4; background: #12121a } .note { color: #a3a4b8 } .error { color: #ff8a7a }
button { color: #12121a; background: #8b85ff } :focus-visible { outline-color: #8b85ff }
}`;

const SUBMIT_LOGOUT = `document.getElementById('op.logoutForm').querySelector('button').click()`;

/**
 * @param input what the fields hold
 * @param error what was wrong with the last input, in words
 */
export function loginPage({ login, groups }: { login: string; groups: string }, error?: string): Page {
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
<label for="groups">Groups, with commas between</label>
<input id="groups" name="groups" value="${escapeHtml(groups)}" autocapitalize="none" spellcheck="false">
<button>Sign in</button>
</form>`,
  );
}

/** @param form the provider's own form, which has no button */
export function logoutPage(form: string): Page {
  const button = `<button name="logout" value="yes">Sign out</button></form>`;
  return page('Signing out', form.replace('</form>', button), SUBMIT_LOGOUT);
}

/**
 * Where a person types the code that a device shows (RFC 8628, section 3.3).
 * @param form the provider's own form, which has a field and no button
 * @param error what was wrong with the last code, in words
 */
export function codePage(form: string, error?: string): Page {
  const fault = error === undefined ? '' : `<p class="error" role="alert">${escapeHtml(error)}</p>`;
  const labelled = form
    .replace(/ onfocus="[^"]*"/, '')
    .replace(/placeholder="[^"]*"/, `aria-label="Code"`)
    .replace('</form>', `<button>Next</button></form>`);
  return page(
    'Connect a device',
    `<p class="note">Enter the code that the device or the program shows.</p>\n${fault}\n${labelled}`,
  );
}

/** @param form the provider's own form, which has no button */
export function confirmPage(form: string, code: string): Page {
  const buttons = `<button>Connect a device</button><button name="abort" value="yes">Cancel</button>`;
  const text = `<p class="note">Go on only if your own device or program shows this code:</p>\n<p><code>${escapeHtml(code)}</code></p>`;
  return page('Connect a device', `${text}\n${form.replace('</form>', `${buttons}</form>`)}`);
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
      // No form-action: browsers would apply it to the redirect back to the client as well.
      'content-security-policy': `default-src 'none'; style-src '${sha256(STYLE)}'${scripts}; base-uri 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      // With no-referrer, browsers would send `Origin: null` with the form's own POST.
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
