import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { create } from '../dom.ts';

/**
 * A Markdown text as nodes. Each token becomes an element of a fixed kind, or text. HTML in the text stays text. An
 * image is its description: the page asks no other host for anything.
 */
export function drawMarkdown(content: string): Node {
  return create('article', {}, ...lexer(content).map(drawBlock));
}

function drawBlock(token: Token): Node {
  if (!isKnown(token)) return plain(token);
  switch (token.type) {
    case 'heading':
      return create(headingOf(token.depth), {}, ...inline(token.tokens));
    case 'paragraph':
      return create('p', {}, ...inline(token.tokens));
    case 'blockquote':
      return create('blockquote', {}, ...token.tokens.map(drawBlock));
    case 'list':
      return drawList(token);
    case 'code':
      return create('pre', {}, create('code', {}, token.text));
    case 'table':
      return drawTable(token);
    case 'hr':
      return create('hr', {});
    case 'checkbox':
      return document.createTextNode(token.checked ? '☑ ' : '☐ ');
    case 'space':
    case 'def':
      return document.createTextNode('');
    default:
      return drawInline(token);
  }
}

function drawInline(token: Token): Node {
  if (!isKnown(token)) return plain(token);
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return create(token.type, {}, ...inline(token.tokens));
    case 'codespan':
      return create('code', {}, token.text);
    case 'br':
      return create('br', {});
    case 'link':
      return drawLink(token);
    case 'image':
      return document.createTextNode(token.text);
    case 'escape':
      return document.createTextNode(token.text);
    case 'text':
      return token.tokens
        ? create('span', {}, ...inline(token.tokens))
        : document.createTextNode(withoutReferences(token.text));
    default:
      return plain(token);
  }
}

/** A text with the characters that its references name, such as `&amp;`. An unknown one stays as it is. */
function withoutReferences(text: string): string {
  return text.replace(
    /&(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);/gi,
    (reference) => new DOMParser().parseFromString(`<p>${reference}`, 'text/html').body.textContent,
  );
}

const inline = (tokens: Token[] = []): Node[] => tokens.map(drawInline);
const plain = ({ raw }: Token): Node => document.createTextNode(raw);

/** Only an address of the web becomes a link. The other site learns nothing of this page. */
function drawLink({ href, tokens }: Tokens.Link | Tokens.Generic): Node {
  const address = URL.canParse(href) ? new URL(href) : undefined;
  const isWeb = address?.protocol === 'https:' || address?.protocol === 'http:';
  if (!address || !isWeb) return create('span', {}, ...inline(tokens));
  const attributes = { href: address.href, target: '_blank', rel: 'noopener noreferrer' };
  return create('a', attributes, ...inline(tokens));
}

function drawList({ ordered, start, items }: Tokens.List | Tokens.Generic): Node {
  const rows = items.map(({ tokens }: Tokens.ListItem) => create('li', {}, ...tokens.map(drawBlock)));
  return ordered ? create('ol', { start: String(start) }, ...rows) : create('ul', {}, ...rows);
}

function drawTable({ header, rows }: Tokens.Table | Tokens.Generic): Node {
  const draw = (cells: Tokens.TableCell[], tag: 'th' | 'td') =>
    create('tr', {}, ...cells.map(({ tokens }) => create(tag, {}, ...inline(tokens))));
  return create(
    'table',
    {},
    create('thead', {}, draw(header, 'th')),
    create('tbody', {}, ...rows.map((row: Tokens.TableCell[]) => draw(row, 'td'))),
  );
}

/** The title of the file is the heading above. */
function headingOf(depth: number): 'h3' | 'h4' | 'h5' | 'h6' {
  return depth <= 1 ? 'h3' : depth === 2 ? 'h4' : depth === 3 ? 'h5' : 'h6';
}

/** The tokens that `marked` makes without an extension, and none is in use. */
function isKnown(token: Token): token is MarkedToken {
  return token.type !== 'html';
}
