import { buildSync } from 'esbuild';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { inNode } from '../in-node.ts';

const { readCsv } = await inNode('page/files/text-view.ts');
const { outputFiles } = buildSync({
  stdin: {
    contents: `import { drawMarkdown } from './services/web/page/files/markdown.ts'; globalThis.draw = drawMarkdown;`,
    resolveDir: '.',
  },
  ...{ bundle: true, format: 'iife', write: false },
});
const page = await (await launchShell(t)).newPage();
await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });

for (const [markdown, html] of [
  ['# A\n## B\n### C\n#### D\n###### E', '<h3>A</h3><h4>B</h4><h5>C</h5><h6>D</h6><h6>E</h6>'],
  [
    'a *b* **c** ~~d~~ `e` \\* f  \ng',
    '<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code> * f<br>g</p>',
  ],
  ['> a\n>\n> - b', '<blockquote><p>a</p><ul><li><span>b</span></li></ul></blockquote>'],
  [
    '- a\n- b\n\n3. c\n4. d',
    '<ul><li><span>a</span></li><li><span>b</span></li></ul><ol start="3"><li><span>c</span></li><li><span>d</span></li></ol>',
  ],
  ['0. a', '<ol start="0"><li><span>a</span></li></ol>'],
  ['- [x] a\n- [ ] b', '<ul><li>☑ <span>a</span></li><li>☐ <span>b</span></li></ul>'],
  ['```js\n<b>\n```\n\n---', '<pre><code>&lt;b&gt;</code></pre><hr>'],
  [
    '| a | b |\n|---|---|\n| *c* | d |',
    '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><em>c</em></td><td>d</td></tr></tbody></table>',
  ],
  [
    '[a](https://a.test/x "t") [b](http://b.test) <https://c.test>',
    '<p><a href="https://a.test/x" target="_blank" rel="noopener noreferrer">a</a> <a href="http://b.test/" target="_blank" rel="noopener noreferrer">b</a> <a href="https://c.test/" target="_blank" rel="noopener noreferrer">https://c.test</a></p>',
  ],
  [
    '[a](javascript:alert(1)) [b](/x) [c](mailto:a@b.test) [d](//e.test)',
    '<p><span>a</span> <span>b</span> <span>c</span> <span>d</span></p>',
  ],
  ['![a picture](https://a.test/x.png)', '<p>a picture</p>'],
  [
    '<script>alert(1)</script>\n\na <b onclick="x">c</b>',
    '&lt;script&gt;alert(1)&lt;/script&gt;<p>a &lt;b onclick="x"&gt;c&lt;/b&gt;</p>',
  ],
  [
    '[a]\n\n[a]: https://a.test/',
    '<p><a href="https://a.test/" target="_blank" rel="noopener noreferrer">a</a></p>',
  ],
  [
    'a &amp; b &lt;i&gt; &#233;&#x20;&none; \\&amp; `&amp;`',
    '<p>a &amp; b &lt;i&gt; é &amp;none; &amp;amp; <code>&amp;amp;</code></p>',
  ],
  ['', ''],
] as const) {
  t.test(markdown || 'nothing', async (t) => {
    t.equal(await page.evaluate(`draw(${JSON.stringify(markdown)}).outerHTML`), `<article>${html}</article>`);
  });
}

t.test('the cells of a CSV file', async (t) => {
  for (const [content, rows] of [
    ['', []],
    ['a,b;c\n', [['a', 'b;c']]],
    [
      '"a,b","c""d"\n"e\r\nf",g',
      [
        ['a,b', 'c"d'],
        ['e\r\nf', 'g'],
      ],
    ],
    ['"a', [['a']]],
  ] as const)
    t.strictSame(readCsv(content), rows, JSON.stringify(content));
});
