/** The enum chapter on right, wrong and empty runs; its faults are in fixtures/. */
import objectHash from '../../fixtures/providers/object-hash.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash]);
