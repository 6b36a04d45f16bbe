import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { type RunningApp, startApp } from '../support/start-app';

interface Operation {
  operationId: string;
  summary?: string;
  security?: object[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: object };
}

describe('the OpenAPI document', () => {
  let app: RunningApp;
  let text: string;
  let document: Document;
  let operations: [string, Operation][];

  beforeAll(async () => {
    app = await startApp();
    const response = await fetch(`${app.baseUrl}/api/v1/openapi.json`);
    expect(response.headers.get('content-type')).toContain('application/json');
    text = await response.text();
    document = JSON.parse(text) as Document;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method} ${path}`,
        operation,
      ]),
    );
  });

  afterAll(async () => {
    await app.stop();
  });

  it('is the one that is kept in the repository', () => {
    const kept: unknown = JSON.parse(readFileSync(resolve(__dirname, '../../openapi.json'), 'utf8'));
    expect(document).toEqual(kept);
  });

  it('is OpenAPI 3.1 with references that all lead somewhere', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = pointer
        ?.split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
      expect([pointer, typeof target]).toEqual([pointer, 'object']);
    }
  });

  it('describes every operation once, with its errors', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, operation] of operations) {
      if (name.includes('/health')) continue;
      expect([name, operation.summary]).toEqual([name, expect.stringMatching(/\w/)]);
      expect([name, Object.keys(operation.responses)]).toEqual([
        name,
        expect.arrayContaining(['401', '403', '429', '500', '503']),
      ]);
    }
  });

  it('writes every name in snake_case', () => {
    const names = Object.values(document.components.schemas).flatMap((schema) =>
      Object.keys(schema.properties ?? {}),
    );
    // As the configuration files of AI clients have it, which are taken in as they are.
    expect(names.filter((name) => /[A-Z]/.test(name))).toEqual(['mcpServers']);
  });

  it('asks for a key everywhere but for health and at the addresses of webhooks', () => {
    expect(document).toMatchObject({ security: [{ apiKey: [] }, { bearer: [] }, { sessionCookie: [] }] });
    const open = operations.filter(([, { security }]) => security?.length === 0).map(([name]) => name);
    expect(open.toSorted()).toEqual([
      'get /health',
      'get /health/live',
      'get /health/ready',
      'get /health/startup',
      'post /webhooks/{token}',
    ]);
  });

  it('tells configurations apart by their type', () => {
    expect(document.components.schemas['ComponentConfig']).toMatchObject({
      oneOf: expect.arrayContaining([{ $ref: '#/components/schemas/HttpRequestConfig' }]) as object[],
      discriminator: {
        propertyName: 'type',
        mapping: { typescript_script: '#/components/schemas/TypescriptScriptConfig' },
      },
    });
  });
});

describe('Swagger UI', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp();
  });

  afterAll(async () => {
    await app.stop();
  });

  it('works under the strict policy: nothing inline, nothing from elsewhere, every file there', async () => {
    const page = await fetch(`${app.baseUrl}/api/docs`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toBe("default-src 'self'");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=/);

    const linked = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? '');
    const css = await (await fetch(`${app.baseUrl}/api/docs/swagger-ui.css`)).text();
    const images = [...css.matchAll(/url\(([^)]+)\)/g)].map(([, path]) => path ?? '');
    expect(images.length).toBeGreaterThan(5);
    for (const path of new Set([...linked, ...images])) {
      expect(path).toMatch(/^\/api\/docs\//);
      const file = await fetch(app.baseUrl + path);
      expect([path, file.status]).toEqual([path, 200]);
    }
  });

  it('is there with a slash behind its address as well', async () => {
    const page = await fetch(`${app.baseUrl}/api/docs/`);
    expect([page.status, await page.text()]).toEqual([
      200,
      expect.stringContaining('id="swagger-ui"') as string,
    ]);
  });

  it('is started by a file that names our document', async () => {
    const script = await (await fetch(`${app.baseUrl}/api/docs/initialise.js`)).text();
    expect(script).toContain('/api/v1/openapi.json');
  });

  it('answers 404 in JSON for a file that it does not have', async () => {
    const missing = await fetch(`${app.baseUrl}/api/docs/nope.js`);
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  });
});
