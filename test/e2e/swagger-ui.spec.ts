import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { canBrowse, CHROMIUM, openPage, type WatchedPage } from '../support/browser';
import { type RunningRest, startRest } from '../support/start-rest';

const browserTests = canBrowse() ? describe : describe.skip;
if (!canBrowse()) process.stderr.write(`SKIPPED: Swagger UI in a browser, since there is no ${CHROMIUM}\n`);

/** One visit, step by step, under the policy that every answer carries. */
browserTests('Swagger UI in a real browser', () => {
  let running: RunningRest;
  let watched: WatchedPage;
  let folder: string;

  beforeAll(async () => {
    running = await startRest();
    folder = mkdtempSync(join(tmpdir(), 'mcp-swagger-ui-'));
    watched = await openPage();
    await watched.page.goto(`${running.app.baseUrl}/api/docs`);
  });

  afterAll(async () => {
    await watched.close();
    await running.app.stop();
    if (process.env['KEEP_SCREENSHOTS'] === undefined) rmSync(folder, { recursive: true, force: true });
    else process.stdout.write(`screenshots in ${folder}\n`);
  });

  it('shows every operation of the document', async () => {
    const { page } = watched;
    await page.waitForSelector('.opblock');
    const document = (await (await fetch(`${running.app.baseUrl}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    const count = Object.values(document.paths).reduce((sum, item) => sum + Object.keys(item).length, 0);
    expect(await page.locator('.opblock').count()).toBe(count);
    expect(await page.title()).toBe('MCP Backend API');
  });

  it('opens an operation with its parameters, its answers and their examples', async () => {
    const { page } = watched;
    const operation = page.locator('.opblock', { hasText: 'List MCP definitions' }).first();
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.opblock-body').waitFor();
    const text = await operation.locator('.opblock-body').innerText();
    expect(text).toMatch(/skip[\s\S]*limit[\s\S]*Responses[\s\S]*200/);
  });

  it('fits a narrow page with an operation open', async () => {
    const { page } = watched;
    await page.setViewportSize({ width: 375, height: 900 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(375);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('takes a key in its dialog, and a request tried out with it is answered', async () => {
    const { page } = watched;
    await page.locator('.btn.authorize').first().click();
    await page.locator('.auth-container input').first().fill(running.key);
    await page.locator('.auth-btn-wrapper .authorize').first().click();
    await page.locator('.auth-btn-wrapper .btn-done').first().click();
    const operation = page.locator('.opblock', { hasText: 'List MCP definitions' }).first();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.locator('.execute').click();
    await operation.locator('.live-responses-table').waitFor();
    const answer = await operation.locator('.live-responses-table').innerText();
    expect(answer).toMatch(/\b200\b[\s\S]*"total": 0/);
  });

  it('is dark where the browser asks for it, and light again when it no longer does', async () => {
    const { page } = watched;
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html.dark-mode').waitFor();
    const background = 'getComputedStyle(document.documentElement).backgroundColor';
    expect(await page.evaluate<string>(background)).toBe('rgb(28, 32, 34)');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator('html:not(.dark-mode)').waitFor();
  });

  it('has something on its picture, its icons included', async () => {
    const { colours, inked } = await watched.photograph(join(folder, 'swagger-ui.png'));
    expect(colours).toBeGreaterThan(50);
    expect(inked).toBeGreaterThan(0.03);
  });

  it('neither broke the policy nor reported any error on the way', () => {
    expect(watched.troubles).toEqual([]);
  });
});
