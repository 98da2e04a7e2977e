/** The chapters in order: the only registry. */
import { defineChapter, type Chapter } from '../harness/index.ts';
import * as abi from './abi/index.ts';
import * as association from './association/index.ts';
import * as caller from './caller/index.ts';
import * as concurrency from './concurrency/index.ts';
import * as creation from './creation/index.ts';
import * as deletion from './deletion/index.ts';
import * as discovery from './discovery/index.ts';
import * as duplicates from './duplicates/index.ts';
import * as enumeration from './enum/index.ts';
import * as epoch from './epoch/index.ts';
import * as flags from './flags/index.ts';
import * as helperFunctions from './helper-functions/index.ts';
import * as lifecycle from './lifecycle/index.ts';
import * as lookup from './lookup/index.ts';
import * as registration from './registration/index.ts';
import * as unload from './unload/index.ts';
import * as update from './update/index.ts';

export const CHAPTERS: readonly Chapter[] = [
  registration.chapter,
  discovery.chapter,
  duplicates.chapter,
  creation.chapter,
  lifecycle.chapter,
  unload.chapter,
  association.chapter,
  lookup.chapter,
  update.chapter,
  deletion.chapter,
  helperFunctions.chapter,
  flags.chapter,
  caller.chapter,
  epoch.chapter,
  concurrency.chapter,
  abi.chapter,
  enumeration.chapter,
].map(defineChapter);
