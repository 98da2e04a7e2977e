/** The formats a record can be rendered to. Renderers load when asked for: most runs want one. */
import type { RunRecord } from '../harness/run/record.ts';
import type { Guide } from './view.ts';

export const FORMATS = ['summary', 'json', 'junit', 'markdown', 'html'] as const;
export type Format = (typeof FORMATS)[number];

export const isFormat = (text: string): text is Format =>
  (FORMATS as readonly string[]).includes(text);

/** Ending of a report's file when only a folder is given. */
export const EXTENSIONS: Readonly<Record<Format, string>> = {
  summary: 'txt',
  json: 'json',
  junit: 'xml',
  markdown: 'md',
  html: 'html',
};

export type RenderOptions = { guide: Guide; colour: boolean };

/** The record in one format. Equal records give equal bytes. */
export const render = async (
  format: Format,
  record: RunRecord,
  options: RenderOptions,
): Promise<string> => {
  switch (format) {
    case 'summary':
      return (await import('./summary.ts')).renderSummary(record, options);
    case 'json':
      return (await import('./json.ts')).renderJson(record);
    case 'junit':
      return (await import('./junit.ts')).renderJunit(record, options);
    case 'markdown':
      return (await import('./markdown.ts')).renderMarkdown(record, options);
    case 'html':
      return (await import('./html.ts')).renderHtml(record, options);
  }
};
