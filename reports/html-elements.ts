/**
 * What the HTML report is made of. Nothing that a subject says is markup: all text comes in here.
 */
import type { Verdict } from '../harness/check/verdict.ts';
import { isGreen } from '../harness/check/verdict.ts';
import { printable } from '../harness/trace/printable.ts';
import { linksOf } from './source-links.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element content or a quoted attribute. */
export const escaped = (text: string): string =>
  text
    .split('\n')
    .map((line) => printable(line, 20_000).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? ''))
    .join('\n');

/** Labels with what belongs to them, in markup; null is left out. */
export const pairsOf = (items: readonly (readonly [string, string | null])[]): string =>
  `<dl>${items
    .flatMap(([label, html]) =>
      html === null ? [] : [`<dt>${escaped(label)}</dt><dd>${html}</dd>`],
    )
    .join('\n')}</dl>`;

/** The same for text. */
export const pairs = (items: readonly (readonly [string, string | null])[]): string =>
  pairsOf(items.map(([label, text]) => [label, text === null ? null : escaped(text)]));

/** A part of the page, with an anchor that its links name. */
export const section = (anchor: string, title: string, body: string): string =>
  `<section aria-labelledby="${anchor}"><h2 id="${anchor}">${escaped(title)}</h2>\n${body}</section>`;

/** What is copied as it stands. It may be wider than the page, so a keyboard must reach it. */
export const block = (label: string, text: string): string =>
  text === '' ? '' : `<h3>${escaped(label)}</h3><pre tabindex="0">${escaped(text)}</pre>`;

export const table = (caption: string, head: readonly string[], rows: readonly string[]): string =>
  `<table><caption>${escaped(caption)}</caption>
<thead><tr>${head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`;

/** How a verdict is filtered and painted; exhaustive by isGreen. */
export type Shade = 'red' | 'open' | 'warn' | 'pass' | 'aside';

export const shadeOf = (verdict: Verdict): Shade => {
  if (verdict === 'warn') return 'warn';
  if (verdict === 'pass') return 'pass';
  if (verdict === 'vacuous' || verdict === 'inconclusive') return 'open';
  return isGreen(verdict) || verdict === 'not-selected' ? 'aside' : 'red';
};

export const badge = (verdict: Verdict): string =>
  `<span class="verdict ${shadeOf(verdict)}">${escaped(verdict)}</span>`;

/** The sources of a rule, each a link into the contract's own lines where those are known. */
export const sources = (source: string): string =>
  linksOf(source)
    .map(({ text, href }) =>
      href === null
        ? escaped(text)
        : `<a href="${escaped(href)}" rel="noreferrer noopener">${escaped(text)}</a>`,
    )
    .join('; ');
