/** Writes to the console. No policy and no sandbox keeps a running script from doing that. */
const SAY = `console.log('RAN ' + location.origin)`;
const SCRIPT = `<script>${SAY}</script><img src=x onerror="${SAY}">`;
const XHTML = 'http://www.w3.org/1999/xhtml';

/** Files that another person may have put into the bucket: the name, the type at S3, the bytes. */
export const ACTIVE_FILES: [name: string, type: string, text: string][] = [
  ['page.html', 'text/html', SCRIPT],
  ['upper-case', 'Text/HTML; charset=utf-8', SCRIPT],
  ['page.png', 'text/html', SCRIPT],
  [
    'drawing.svg',
    'image/svg+xml',
    `<svg xmlns="http://www.w3.org/2000/svg" onload="${SAY}"><script>${SAY}</script></svg>`,
  ],
  [
    'drawing',
    'image/svg+xml;charset=utf-8',
    `<svg xmlns="http://www.w3.org/2000/svg"><script>${SAY}</script></svg>`,
  ],
  ['data.xml', 'application/xml', `<x xmlns="${XHTML}"><script>${SAY}</script></x>`],
  ['text.xml', 'text/xml', `<x xmlns="${XHTML}"><script>${SAY}</script></x>`],
  ['page.xhtml', 'application/xhtml+xml', `<html xmlns="${XHTML}"><script>${SAY}</script></html>`],
  ['program.js', 'text/javascript', `${SAY}//`],
  ['program', 'application/ecmascript', `${SAY}//`],
  ['polyglot.gif', 'image/gif', `GIF89a/*\u0001\u0002*/=1;${SAY}//`],
  ['sniffed.png', 'image/png', SCRIPT],
  ['sniffed.txt', 'text/plain', SCRIPT],
  ['script.txt', 'text/plain', `${SAY}//`],
  ['utf-7.txt', 'text/plain; charset=utf-7', `+ADw-script+AD4-${SAY}+ADw-/script+AD4-`],
  [
    'many',
    'multipart/x-mixed-replace; boundary=x',
    `--x\r\nContent-Type: text/html\r\n\r\n${SCRIPT}\r\n--x--`,
  ],
  ['list.m3u', 'audio/mpegurl', `#EXTM3U\n${SCRIPT}`],
  ['no-type', 'x', SCRIPT],
  ['unknown', 'application/unknown', SCRIPT],
  ['archive.mht', 'multipart/related', SCRIPT],
  [
    'paper.pdf',
    'application/pdf',
    `%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n${SCRIPT}`,
  ],
];

/** Types that some browser, or a part of one, acts on. Without `ALLOWED_TYPES` any type is accepted. */
const OTHER_TYPES = (
  'application/atom+xml application/gzip application/java-archive application/json application/ld+json ' +
  'application/manifest+json application/mathml+xml application/octet-stream application/rdf+xml application/rss+xml ' +
  'application/vnd.apple.mpegurl application/wasm application/x-javascript application/x-mimearchive ' +
  'application/x-shockwave-flash application/x-x509-ca-cert application/xslt+xml application/zip audio/basic ' +
  'font/woff2 image/heic image/jxl image/tiff image/vnd.microsoft.icon message/rfc822 model/gltf+json text/cache-manifest ' +
  'text/css text/csv text/jscript text/markdown text/vtt text/x-component text/xsl video/quicktime video/x-matroska'
).split(' ');
export const FILES = [...ACTIVE_FILES];
for (const type of OTHER_TYPES) FILES.push([`other ${type.replace('/', ' ')}`, type, SCRIPT]);
