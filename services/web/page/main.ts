import { hasLink, leaveLink, takeLink } from '@cloudfront-cookie-gateway/client/link-of-tab';
import { followTheme, watchAnnouncements, watchFocus } from './dom.ts';
import { INVITATION } from './files/address.ts';
import { watchMenus } from './menus/menus.ts';
import { language, text } from './words/language.ts';

followTheme();
document.documentElement.lang = language;
document.title = text('title');
watchMenus();
watchAnnouncements();
watchFocus();
const isInvitation = () => location.hash.startsWith(INVITATION);
// Before anything else reads the address.
takeLink();
// An invitation is for somebody who signs in.
if (isInvitation()) leaveLink();
/** The address keeps a share's secret: whoever has the link may copy it again, and a reload shows the file. */
const isShare = () => location.hash.startsWith('#share=');
const wasShare = isShare();
addEventListener('popstate', () => {
  if (takeLink() || (hasLink() && isInvitation()) || wasShare || isShare()) location.reload();
});
if (wasShare) void import('./guest/shared-file.tsx');
// index.html names the modules of the last one, so the browser has them by now.
else void (hasLink() ? import('./guest/guest.tsx') : import('./app.tsx'));
