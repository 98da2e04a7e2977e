/**
 * The HTML report in Chromium: nothing is asked of a network, no word of a subject acts, axe-core
 * finds nothing, it fits a narrow window, and the filter filters. Without Chromium these tests are
 * skipped, and say so.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenRecord } from '../harness/run/golden.fixture.ts';
import { ENDS } from './records.fixture.ts';
import { render } from './reporter.ts';

const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = places.find((place) => place !== undefined && existsSync(place));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'page-'));

type Axe = {
  document: object;
  axe: {
    run: (
      on: object,
      options: object,
    ) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
  };
};

let browser: Browser;
const open = async (file: string, options: Parameters<Browser['newPage']>[0]) => {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(0);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('dialog', (dialog) => {
    said.push('a dialog');
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) said.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, said };
};

const complaints = async (page: Page, runOnly?: string[]): Promise<string[]> => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (options) => {
      const { axe, document } = globalThis as unknown as Axe;
      return axe.run(document, options);
    },
    runOnly ? { runOnly } : {},
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

if (executablePath === undefined)
  process.stderr.write('No Chromium: the tests of the HTML report in a browser are not run.\n');

describe.skipIf(executablePath === undefined)('the page in Chromium', () => {
  const file = path.join(folder, 'report.html');
  const hostile = path.join(folder, 'hostile.html');

  beforeAll(async () => {
    const options = { guide: () => ({ look: 'here' }), colour: false };
    const kills = { counts: [['Wrong providers found', '9 of 9']] as const, rules: new Map() };
    writeFileSync(file, await render('html', goldenRecord(), { ...options, kills }));
    writeFileSync(hostile, await render('html', ENDS['<script>']!.record, options));
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      timeout: 0,
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['light', 'dark'] as const)(
    'is accessible in %s, silent and offline',
    async (colorScheme) => {
      const { page, said } = await open(file, { colorScheme });
      expect(await complaints(page)).toEqual([]);
      expect(said).toEqual([]);
      await page.close();
    },
  );

  it('fits 400 pixels, and names there what a column’s head says elsewhere', async () => {
    const { page } = await open(file, { viewport: { width: 400, height: 800 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    expect(await complaints(page, ['target-size', 'scrollable-region-focusable'])).toEqual([]);
    await page.close();
  });

  it('lets no word of a subject act', async () => {
    const { page, said } = await open(hostile, {});
    expect(said).toEqual([]);
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.locator('header p').first().textContent()).toContain('<script>alert(1)');
    await page.close();
  });

  it('filters rules by verdict and by chapter, with the keyboard too', async () => {
    const { page } = await open(file, {});
    const shown = () => page.locator('tr.rule:visible').count();
    const all = await shown();
    expect(all).toBe(goldenRecord().requirements.length);
    await page.locator('#show-all').focus();
    await page.keyboard.press('ArrowRight');
    expect(await shown()).toBe(4);
    await page.locator('#show-pass').check();
    const passed = await shown();
    await page.selectOption('#chapter', { label: 'epoch' });
    const epoch = goldenRecord().requirements.filter(
      ({ suite, verdict }) => suite === 'epoch' && verdict === 'pass',
    );
    expect([passed, await shown()]).toEqual([
      goldenRecord().requirements.filter(({ verdict }) => verdict === 'pass').length,
      epoch.length,
    ]);
    // A mark of the matrix leads to its rule, though the filter hides that.
    await page.locator('a.mark.red').first().click();
    expect(await page.locator('tr.rule:target').isVisible()).toBe(true);
    await page.close();
  });
});
