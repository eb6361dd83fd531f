/** A line, in the colour of its place in the list. */
export interface Series {
  name: string;
  points: [x: number, y: number][];
}

export interface Axis {
  label: string;
  ticks: { at: number; label: string }[];
  min: number;
  max: number;
}

/** The style of the shapes. It goes into the one style sheet of a page, or into an SVG that stands alone. */
export const PLOT_STYLE = `text{font:11px system-ui,sans-serif;fill:#444}.x{text-anchor:middle}.y{text-anchor:end;dominant-baseline:middle}
polyline{fill:none;stroke-width:1.8}.g{stroke:#e6e6e6}.s0{stroke:#0b63ce}.s1{stroke:#c2410c}.l0{fill:#0b63ce}.l1{fill:#c2410c}.b{fill:#0b63ce}`;

/** An SVG that stands alone needs a background. A page has one. */
const ALONE_STYLE = `.p{fill:#fff}@media(prefers-color-scheme:dark){.p{fill:#0d1117}text{fill:#c9d1d9}.g{stroke:#30363d}.s0{stroke:#58a6ff}.l0{fill:#58a6ff}.s1{stroke:#f0883e}.l1{fill:#f0883e}}`;

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 16;
const TOP = 28;
const BOTTOM = 44;

/**
 * Lines in one frame, as SVG without its own styles or scripts. The page's style sheet gives `s0`, `s1` … their
 * colours.
 */
export function linePlot(title: string, x: Axis, y: Axis, series: Series[]): string {
  const px = (value: number) => fixed(LEFT + ((value - x.min) / span(x)) * (WIDTH - LEFT - RIGHT));
  const py = (value: number) =>
    fixed(HEIGHT - BOTTOM - ((value - y.min) / span(y)) * (HEIGHT - TOP - BOTTOM));
  const lines = series.map(({ points }, index) => {
    const path = points.map(([atX, atY]) => `${px(atX)},${py(atY)}`).join(' ');
    const dots = points.map(
      ([atX, atY]) => `<circle class="l${index}" cx="${px(atX)}" cy="${py(atY)}" r="2.5"/>`,
    );
    return `<polyline class="s${index}" points="${path}"/>${isSparse(points) ? dots.join('') : ''}`;
  });
  const names = series.map(
    ({ name }, index) =>
      `<text class="l${index}" x="${LEFT + 8 + index * 190}" y="${TOP - 8}">${escapeHtml(name)}</text>`,
  );
  const grid = [
    ...x.ticks.map(
      ({ at, label }) =>
        `<line class="g" x1="${px(at)}" x2="${px(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/><text class="x" x="${px(at)}" y="${HEIGHT - BOTTOM + 16}">${escapeHtml(label)}</text>`,
    ),
    ...y.ticks.map(
      ({ at, label }) =>
        `<line class="g" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(at)}" y2="${py(at)}"/><text class="y" x="${LEFT - 6}" y="${py(at)}">${escapeHtml(label)}</text>`,
    ),
  ];
  const labels = `<text class="x" x="${WIDTH / 2}" y="${HEIGHT - 8}">${escapeHtml(x.label)}</text><text class="y" x="${LEFT - 6}" y="${TOP - 14}">${escapeHtml(y.label)}</text>`;
  return frame(title, [...grid, ...lines, ...names, labels].join(''));
}

/** One bar for each count. */
export function barPlot(title: string, counts: [name: string, count: number][]): string {
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, counts.length);
  const bars = counts.map(([name, count], index) => {
    const height = (count / most) * (HEIGHT - TOP - BOTTOM - 16);
    const middle = fixed(LEFT + (index + 0.5) * step);
    const top = fixed(HEIGHT - BOTTOM - height);
    return `<rect class="b" x="${fixed(middle - 20)}" y="${top}" width="40" height="${fixed(height)}"/><text class="x" x="${middle}" y="${fixed(top - 6)}">${count}</text><text class="x" x="${middle}" y="${HEIGHT - BOTTOM + 16}">${escapeHtml(name)}</text>`;
  });
  return frame(title, bars.join(''));
}

/** An axis from 0 to a round number above all values, in five steps. */
export function axisFor(label: string, values: number[]): Axis {
  const most = Math.max(0.001, ...values.filter(Number.isFinite));
  const power = 10 ** Math.floor(Math.log10(most));
  const max = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= most) ?? most;
  const ticks = [0, 1, 2, 3, 4, 5].map((part) => (max * part) / 5);
  return { label, min: 0, max, ticks: ticks.map((at) => ({ at, label: String(Number(at.toPrecision(3))) })) };
}

/** An axis of decades around the values. Give `linePlot` the logarithms of the values. */
export function logAxis(label: string, values: number[]): Axis {
  const min = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const max = Math.max(min + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const decades = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  const name = (at: number) => (10 ** at).toLocaleString('en', { notation: 'compact' });
  return { label, min, max, ticks: decades.map((at) => ({ at, label: name(at) })) };
}

/** Plots one below the other, in one SVG file that needs nothing else. */
export function standaloneSvg(title: string, plots: string[]): string {
  const frames = plots.map((plot, index) => {
    const caption = /<figcaption>(.*?)<\/figcaption>/.exec(plot)?.[1] ?? '';
    const top = index * (HEIGHT + 24);
    const drawing = /<svg [^>]*>([\s\S]*)<\/svg>/.exec(plot)?.[1] ?? '';
    return `<g transform="translate(0 ${top})"><text x="${LEFT}" y="14" font-weight="600">${caption}</text><g transform="translate(0 14)">${drawing}</g></g>`;
  });
  const height = plots.length * (HEIGHT + 24);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"><title>${escapeHtml(title)}</title><style>${PLOT_STYLE}${ALONE_STYLE}</style><rect class="p" width="${WIDTH}" height="${height}"/>${frames.join('')}</svg>\n`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function frame(title: string, content: string): string {
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${content}</svg></figure>`;
}

/** Whether there are so few points that each can be seen. */
function isSparse(points: unknown[]): boolean {
  return points.length < 12;
}

function span({ min, max }: Axis): number {
  return max > min ? max - min : 1;
}

function fixed(value: number): number {
  return Number(value.toFixed(1));
}
