import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);

t.test('cards are dragged onto a folder, or onto one that leads to it', async (t) => {
  const page = await openBarePage(
    browser,
    `<ol id="path"><li><a id="start">All</a></li><li><a id="up" data-folder="a/">a</a></li>
       <li><a id="here" data-folder="a/b/" aria-current="page">b</a></li></ol>
     <ul><li id="file"><i id="icon"></i></li><li id="fixed"></li>
       <li id="one" class="folder" data-folder="a/b/1/"><i id="inner"></i></li>
       <li id="two" class="folder" data-folder="a/b/2/"></li><li id="odd" class="folder"></li></ul>`,
    `import { watchDrags } from './services/web/page/files/drags.ts';
     const told = [];
     const entries = { file: ['f', 'g'], icon: ['f'], one: ['a/b/1/'], fixed: [] };
     watchDrags(document.querySelector('ul'), {
       entryOf: ({ id }) => (id in entries ? { id } : undefined),
       dragged: ({ id }) => entries[id],
       moveInto: (keys, folder) => told.push(keys.join() + ' into ' + folder),
     });
     globalThis.send = (type, id) => {
       const dataTransfer = new DataTransfer();
       const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
       (document.getElementById(id) ?? document.body).dispatchEvent(event);
       const marked = [...document.querySelectorAll('.over')].map((element) => element.id).join();
       const text = dataTransfer.getData('text/plain').replaceAll('\\n', '+');
       return [event.defaultPrevented ? 'taken' : '', marked, text, ...told.splice(0)].join(' | ');
     };`,
  );
  for (const [index, [type, on, wanted]] of [
    ['dragover', 'one', ' |  | '],
    ['drop', 'one', ' |  | '],
    ['dragstart', 'file', ' |  | f+g'],
    ['dragover', 'file', ' |  | '],
    ['dragover', 'inner', 'taken | one | '],
    ['dragover', 'two', 'taken | two | '],
    ['dragover', 'odd', ' |  | '],
    ['dragover', 'up', 'taken | up | '],
    ['dragover', 'here', ' |  | '],
    ['drop', 'here', ' |  | '],
    ['dragover', 'start', 'taken | start | '],
    ['drop', 'start', 'taken | start |  | f,g into '],
    ['drop', 'up', 'taken | start |  | f,g into a/'],
    ['drop', 'inner', 'taken | start |  | f,g into a/b/1/'],
    ['dragend', 'file', ' |  | '],
    ['dragover', 'one', ' |  | '],
    ['dragstart', 'one', ' |  | a/b/1/'],
    ['dragover', 'one', ' |  | '],
    ['drop', 'one', ' |  | '],
    ['dragover', 'two', 'taken | two | '],
    ['dragend', 'one', ' |  | '],
    ['dragstart', 'fixed', ' |  | '],
    ['dragover', 'two', ' |  | '],
    ['dragstart', 'two', ' |  | '],
    ['dragover', 'one', ' |  | '],
  ].entries())
    t.equal(await page.evaluate(`send('${type}', '${on}')`), wanted, `${index} ${type} ${on}`);
});
