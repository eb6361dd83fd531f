import { hasLink, leaveLink, takeLink } from '@cloudfront-cookie-gateway/client/guest';
import { watchAnnouncements } from './dom.ts';
import { watchMenus } from './menus/menus.ts';
import { followTheme } from './shell/account.ts';
import { isInvitation } from './teams/join.ts';
import { translatePage } from './words/shown.ts';

followTheme();
translatePage(document);
watchMenus();
watchAnnouncements();
// Before anything else reads the address.
takeLink();
// An invitation is for somebody who signs in.
if (isInvitation()) leaveLink();
addEventListener('popstate', () => {
  if (takeLink() || (hasLink() && isInvitation())) location.reload();
});
// index.html names the modules of the second one, so the browser has them by now.
void (hasLink() ? import('./guest/guest.ts') : import('./own.ts'));
