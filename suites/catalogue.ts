/** The chapters in order: the only registry. */
import { defineChapter, type Chapter } from '../harness/index.ts';
import * as lifecycle from './lifecycle/index.ts';

export const CHAPTERS: readonly Chapter[] = [lifecycle.chapter].map(defineChapter);
