import { useSignal, useSignalEffect } from '@preact/signals';
import { hashOf } from '../files/address.ts';
import { listed } from '../files/listing.ts';
import { operate } from '../operations/later.ts';
import { changes, limitOf, mayEdit, owner } from '../state.ts';
import { mayMake, teams } from '../teams/owners.ts';
import { WithIcon } from '../ui/parts.tsx';
import { plain, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';

const VIEWS = [
  ['files', 'folder', '#/'],
  ['photos', 'photos', '#photos/'],
  ['shared', 'share', '#shared'],
] as const;

/** The places of the page, the teams, and the used space. */
export function Side() {
  const { view = 'files' } = listed.value;
  const team = owner.value?.team;
  return (
    <div id="side">
      <nav id="rail" aria-label={text('places')}>
        {VIEWS.map(([each, icon, href]) => (
          <a key={each} href={href} aria-current={each === view && !team ? 'page' : undefined}>
            <WithIcon icon={icon} words={text(each)} />
          </a>
        ))}
        {mayEdit.value && (
          <button
            type="button"
            onClick={() => operate(({ openTrash }) => owner.value && openTrash(owner.value))}
          >
            <WithIcon icon="delete" words={text('trash')} />
          </button>
        )}
        {teams.value && (
          <div id="switch">
            <span id="switch-name" class="quiet">
              {text('teams')}
            </span>
            <button
              id="switch-button"
              type="button"
              class={team ? 'current' : ''}
              popovertarget="switch-menu"
            >
              <WithIcon icon="team" words={text('teams')} />
            </button>
            <div id="switch-menu" class="menu" popover>
              <ul id="switch-list" aria-label={text('teams')}>
                {teams.value.map(({ team: { id, name, role } }) => (
                  <li key={id}>
                    <a
                      href={hashOf({ team: id, folder: '' })}
                      aria-current={id === team?.id ? 'page' : undefined}
                    >
                      <span class="name">{name}</span> <span class="quiet">{plain(role)}</span>
                    </a>
                  </li>
                ))}
              </ul>
              {mayMake.value && (
                <button type="button" onClick={() => operate(({ makeTeam }) => makeTeam())}>
                  <WithIcon icon="new" words={text('newTeam')} />
                </button>
              )}
            </div>
          </div>
        )}
      </nav>
      <Usage />
    </div>
  );
}

/** The bar of the used space, if there is a limit. The host counts, which takes a while if there are many files. */
function Usage() {
  const counted = useSignal<{ of: unknown; bytes: number; keptBytes: number } | undefined>(undefined);
  useSignalEffect(() => {
    const of = owner.value;
    if (changes.value < 0 || !of || limitOf(of) === undefined) return;
    // The bar stays as it was if this fails: the list of files says that the server does not answer.
    of.files.usage().then(
      (usage) => {
        if (of === owner.peek()) counted.value = { of, ...usage };
      },
      () => {},
    );
  });
  const limit = owner.value && limitOf(owner.value);
  if (!counted.value || counted.value.of !== owner.value || limit === undefined) return null;
  const { bytes, keptBytes } = counted.value;
  const used = { used: formatSize(bytes), limit: formatSize(limit), kept: formatSize(keptBytes) };
  const words = text(keptBytes > 0 ? 'usageKept' : 'usage', used);
  return (
    <aside id="usage" aria-label={text('storage')}>
      <progress
        class={bytes > limit * 0.9 ? 'full' : ''}
        max="1"
        value={Math.min(bytes / limit, 1)}
        aria-label={words}
      />{' '}
      <span class="quiet">{words}</span>
    </aside>
  );
}
