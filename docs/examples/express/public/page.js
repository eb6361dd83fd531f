import { createCookieGateway } from '/client/client.js';

const gateway = createCookieGateway({ refreshUrl: '/files-cookies' });
gateway.watchImages(); // images, players and links work after their cookies have expired
let shownId;

gateway.store.subscribe(async (state) => {
  for (const status of ['in', 'out']) document.getElementById(status).hidden = state.status !== status;
  const id = state.session?.user.id;
  if (id === shownId) return;
  shownId = id;
  const main = document.querySelector('main');
  main.replaceChildren();
  if (!id) return;
  const files = await (await fetch('/files')).json();
  const { origin, prefix } = state.session.files;
  main.replaceChildren(...files.map(({ name, type }) => show(`${origin}${prefix}${name}`, name, type)));
});

function show(url, name, type) {
  if (type.startsWith('image/')) return Object.assign(new Image(), { src: url, alt: name });
  if (type.startsWith('video/'))
    return Object.assign(document.createElement('video'), { src: url, controls: true });
  return Object.assign(document.createElement('a'), { href: url, textContent: name });
}
