import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type Page } from 'playwright-core';

import { PATIENCE_MS } from './eventually';

/** Debian's package; `.ci/run` installs it. */
export const CHROMIUM = '/usr/bin/chromium';

/** In CI the browser must be there: a test that needs it fails without. Elsewhere it may be missing. */
export function canBrowse(): boolean {
  return existsSync(CHROMIUM) || process.env['CI'] !== undefined;
}

/** A page of a headless Chromium, and what went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Violations of the Content-Security-Policy, errors on the console, errors of scripts and failed requests. */
  readonly troubles: readonly string[];
  /** Takes a picture, as PNG at the path, and says what is on it. */
  photograph(path: string): Promise<Picture>;
  close(): Promise<void>;
}

/** What tells a page from a blank one. */
export interface Picture {
  /** How many colours there are. */
  readonly colours: number;
  /** The share of the points that are not of the commonest colour, from 0 to 1. */
  readonly inked: number;
}

/** Without these, Chromium looks for its maker's servers, and as root it does not start. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens an empty page with a profile of its own. */
export async function openPage(): Promise<WatchedPage> {
  const profile = mkdtempSync(join(tmpdir(), 'mcp-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    viewport: { width: 1280, height: 900 },
    timeout: PATIENCE_MS,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`script: ${error.message}`));
  page.on('requestfailed', (request) =>
    troubles.push(`request: ${request.url()} ${request.failure()?.errorText ?? ''}`),
  );
  await page.exposeFunction('reportViolation', (violation: string) => {
    troubles.push(`policy: ${violation}`);
  });
  // As text: the code runs in the browser, whose types this program does not know.
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) => {
      reportViolation(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile + ':' + event.lineNumber);
    });
  `);
  return {
    page,
    troubles,
    photograph: async (path) => {
      const png = await page.screenshot({ path });
      // Read on a page without a policy: the other's allows no image from elsewhere.
      const reader = await context.newPage();
      const picture = await reader.evaluate<Picture>(readPicture(png.toString('base64')));
      await reader.close();
      return picture;
    },
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Code for the browser, which knows how to read a PNG. */
function readPicture(base64: string): string {
  return `(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${base64}';
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const points = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    const counts = new Map();
    for (const point of points) counts.set(point, (counts.get(point) ?? 0) + 1);
    return { colours: counts.size, inked: 1 - Math.max(...counts.values()) / points.length };
  })()`;
}
