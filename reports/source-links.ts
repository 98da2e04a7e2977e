/**
 * From the sources of a rule to the lines of the contract's repository, at the commit that the
 * rules were drawn from (contract-lines.json, made by .ci/contract-lines.mjs).
 */
import { readFileSync } from 'node:fs';

type Lines = { commit: string; sources: Record<string, string> };

const { commit, sources } = JSON.parse(
  readFileSync(new URL('../harness/abi/contract-lines.json', import.meta.url), 'utf8'),
) as Lines;

const repository = 'https://github.com/microsoft/ebpf-for-windows';

/** A source as the catalogue names it, and where it can be read; null: nowhere that is known. */
export type SourceLink = { text: string; href: string | null };

const hrefOf = (source: string): string | null => {
  const place = Object.hasOwn(sources, source) ? sources[source] : undefined;
  if (place !== undefined) {
    const [file = '', lines] = place.split('#');
    // Without `plain` GitHub shows a page of Markdown, which has no lines.
    const plain = file.endsWith('.md') && lines !== undefined ? '?plain=1' : '';
    return `${repository}/blob/${commit}/${file}${plain}${lines === undefined ? '' : `#${lines}`}`;
  }
  const [, kind, number] = /^(PR|issues?) #(\d+)/.exec(source) ?? [];
  if (kind === undefined) return null;
  return `${repository}/${kind === 'PR' ? 'pull' : 'issues'}/${number}`;
};

/** The sources of a rule, in order. */
export const linksOf = (source: string): SourceLink[] =>
  source.split('; ').map((text) => ({ text, href: hrefOf(text) }));
