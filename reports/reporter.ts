/** The formats a record can be rendered to. Renderers load when asked for: most runs want one. */
import type { RunRecord } from '../harness/conclude/record.ts';
import type { Kills } from './kills.ts';
import type { Guide } from './violation-view.ts';

export const FORMATS = [
  'summary',
  'json',
  'junit',
  'markdown',
  'html',
  'trx',
  'sarif',
  'github',
  'badge',
] as const;
/** Formats that hold what a reader must know; the others are a glance of it. */
export const GLANCES: readonly string[] = ['github', 'badge'];
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
  trx: 'trx',
  sarif: 'sarif',
  github: 'txt',
  badge: 'badge.json',
};

export type RenderOptions = {
  guide: Guide;
  colour: boolean;
  /** The first screen only, where a format has one. */
  isBrief?: boolean;
  /** Short replay names can be found again: the runs are kept in the working folder. */
  isKept?: boolean;
  /** Kill matrix of the build, where a format has a place for it. */
  kills?: Kills | null;
};

/** The record in one format. Equal records give equal bytes. */
export type Renderer = (record: RunRecord, options: RenderOptions) => string;

/** Loads what renders a format; from then on rendering waits for nothing. */
export const loadRenderer = async (format: Format): Promise<Renderer> => {
  switch (format) {
    case 'summary':
      return (await import('./summary.ts')).renderSummary;
    case 'json':
      return (await import('./json.ts')).renderJson;
    case 'junit':
      return (await import('./junit.ts')).renderJunit;
    case 'markdown':
      return (await import('./markdown.ts')).renderMarkdown;
    case 'html':
      return (await import('./html.ts')).renderHtml;
    case 'trx':
      return (await import('./trx.ts')).renderTrx;
    case 'sarif':
      return (await import('./sarif.ts')).renderSarif;
    case 'github':
      return (await import('./github.ts')).renderGithub;
    case 'badge':
      return (await import('./badge.ts')).renderBadge;
  }
};

/** As loadRenderer, and at once. */
export const render = async (
  format: Format,
  record: RunRecord,
  options: RenderOptions,
): Promise<string> => (await loadRenderer(format))(record, options);
