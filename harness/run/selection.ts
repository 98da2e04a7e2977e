/** Which chapters run and which rules count, from the options. */
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import type { RunRecord } from '../conclude/record.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { CHAPTERS } from './chapters.ts';
import type { CertifyOptions } from './options.ts';

type Narrowing = Pick<CertifyOptions, 'suites' | 'only' | 'level' | 'shard'>;

/** Chapters, and the ids of the rules that count in them; null: all do. */
export type Selection = { chapters: Chapter[]; selected: Set<string> | null };

export const selectionOf = ({ suites, only, level, shard }: Narrowing): Selection => {
  const narrowed = suites ?? only ?? level ?? shard;
  let chapters = [...CHAPTERS];
  if (suites) chapters = chapters.filter((chapter) => suites.includes(chapter.name));
  if (shard) chapters = chapters.filter((_, index) => index % shard.of === shard.index - 1);
  const wanted = (id: string): boolean => {
    const row = CATALOGUE.find((one) => one.id === id)!;
    const levelFits = level !== 'must' || isMust(row);
    return levelFits && (!only || only.includes(id));
  };
  chapters = chapters.filter((chapter) => chapter.requirements.some((rule) => wanted(rule.id)));
  if (!narrowed) return { chapters, selected: null };
  const ids = chapters
    .flatMap((chapter) => chapter.requirements.map((rule) => rule.id))
    .filter(wanted);
  return { chapters, selected: new Set(ids) };
};

/** The selection as reports tell it. */
export const shownSelection = ({
  suites,
  only,
  level,
  shard,
}: Narrowing): RunRecord['selection'] => ({
  suites,
  only,
  level,
  shard: shard ? `${shard.index}/${shard.of}` : null,
});
