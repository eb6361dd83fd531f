import type { ListedSession } from '@cloudfront-cookie-gateway/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { announce } from '../dom.ts';
import { gateway } from '../gateway.ts';
import { confirm, Dialog, openDialog } from '../ui/dialog.tsx';
import { Mark, Row, WorkButton } from '../ui/parts.tsx';
import { formatMinute, text } from '../words/language.ts';
import { codeOf, describeBrowser, describeFailure } from '../words/words.ts';

/** Opens the list of browsers where the user is signed in. */
export function openSessions(signOutEverywhere: () => Promise<void>): void {
  void openDialog(<Sessions signOutEverywhere={signOutEverywhere} />);
}

/** Each browser has a button, except this one. If the host does not answer, the list of files says so. */
function Sessions({ signOutEverywhere }: { signOutEverywhere(): Promise<void> }) {
  const { sessions } = gateway;
  const listed = useSignal<readonly ListedSession[]>([]);
  useEffect(() => {
    sessions.list().then(
      (found) => {
        listed.value = found;
      },
      () => {},
    );
  }, []);

  async function signOut({ id, userAgent }: ListedSession): Promise<void> {
    const browser = describeBrowser(userAgent);
    try {
      await sessions.revoke(id);
      announce(text('browserOut', { browser }));
    } catch (error) {
      if (codeOf(error) !== 'no_such_session')
        return announce(text('browserIn', { browser, reason: describeFailure(error).words }));
    }
    listed.value = listed.value.filter((each) => each.id !== id);
  }

  async function everywhere(): Promise<void> {
    const [title, action] = [text('everywhereQuestion'), text('everywhere')];
    if (await confirm({ title, text: text('everywhereText'), action })) await signOutEverywhere();
  }

  return (
    <Dialog
      title={text('whereSignedIn')}
      buttons={<WorkButton words={text('everywhere')} work={everywhere} />}
    >
      <ul class="rows cards" aria-label={text('sessions')}>
        {listed.value.map((session) => {
          const { id, current, createdAt, lastUsedAt, userAgent } = session;
          const browser = describeBrowser(userAgent);
          const used = text('lastUsed', { date: formatMinute(lastUsedAt) });
          return (
            <Row
              key={id}
              face={<Mark icon="device" />}
              name={<span title={userAgent}>{browser}</span>}
              facts={<time dateTime={lastUsedAt}>{current ? text('thisBrowser') : used}</time>}
            >
              {!current && (
                <WorkButton
                  words={text('signOut')}
                  label={text('signOutBrowser', { browser, date: formatMinute(createdAt) })}
                  work={() => signOut(session)}
                />
              )}
            </Row>
          );
        })}
      </ul>
    </Dialog>
  );
}
