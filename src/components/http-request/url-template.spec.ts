import type { JsonObject } from '../../engine/core/json';
import { compileUrl } from './url-template';

function render(source: string, inputs: JsonObject): string {
  const compiled = compileUrl(source, ['inputs'], 'url');
  if (!compiled.ok) throw new Error(compiled.error.map(({ message }) => message).join('; '));
  return compiled.value.render({ inputs }).href;
}

describe('compileUrl', () => {
  it.each([
    ['https://a.example/v1?q=1', {}, 'https://a.example/v1?q=1'],
    ['https://a.example/users/${{ inputs.id }}', { id: 7 }, 'https://a.example/users/7'],
    [
      'https://a.example/u/${{ inputs.id }}/x',
      { id: 'a b/c?d#e' },
      'https://a.example/u/a%20b%2Fc%3Fd%23e/x',
    ],
    [
      'https://a.example/?q=${{ inputs.q }}&n=1',
      { q: 'a&admin=1' },
      'https://a.example/?q=a%26admin%3D1&n=1',
    ],
    [
      'https://a.example?q=${{ inputs.q }}',
      { q: '@evil.example/' },
      'https://a.example/?q=%40evil.example%2F',
    ],
    ['https://a.example/${{ inputs.p }}', { p: '/evil.example' }, 'https://a.example/%2Fevil.example'],
    ['https://${{ inputs.region }}.a.example/', { region: 'eu-1' }, 'https://eu-1.a.example/'],
    ['http://localhost:${{ inputs.port }}/x', { port: 8080 }, 'http://localhost:8080/x'],
    ['${{ inputs.url }}', { url: 'https://b.example/x?y=1' }, 'https://b.example/x?y=1'],
    [
      '${{ inputs.base }}/items/${{ inputs.id }}',
      { base: 'https://b.example', id: 'a/b' },
      'https://b.example/items/a%2Fb',
    ],
    ['https://a.example/${{ inputs.x }}', { x: '\ud800' }, 'https://a.example/%EF%BF%BD'],
  ])('renders %s with %j', (source, inputs, href) => {
    expect(render(source, inputs)).toBe(href);
  });

  it.each([
    ['https://${{ inputs.host }}/x', { host: 'evil.example/' }],
    ['https://${{ inputs.host }}.a.example/', { host: 'evil.example#' }],
    ['https://a.example${{ inputs.rest }}', { rest: '@evil.example' }],
    ['http://x${{ inputs.rest }}', { rest: '_.evil.example' }],
    ['https://a.example/files/${{ inputs.name }}', { name: '..' }],
    ['https://a.example/files/${{ inputs.name }}/x', { name: '.' }],
    ['https://a.example/${{ inputs.x }}', { x: null }],
    ['https://a.example/${{ inputs.x }}', { x: { a: 1 } }],
    ['${{ inputs.url }}', { url: 'file:///etc/passwd' }],
    ['${{ inputs.url }}', { url: '/relative' }],
    ['${{ inputs.url }}', { url: 'https://user:pass@a.example/' }],
  ])('refuses %s with %j', (source, inputs) => {
    expect(() => render(source, inputs)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error);
  });

  it.each([
    ['ftp://a.example/', 'http:// or https://'],
    ['/relative', 'absolute address'],
    ['https://user:pass@a.example/', 'user name or password'],
    ['${{ inputs.scheme }}://a.example/', 'followed by /'],
    ['${{ inputs.sub }}.a.example/', 'followed by /'],
    ['htt${{ inputs.x }}://a.example/', 'written out'],
    ['https://a.example/${{ inputs.x', 'has no "}}"'],
    ['https://a.example/${{ params.x }}', 'params'],
  ])('finds fault with %s when it is saved', (source, message) => {
    expect(() => render(source, {})).toThrow(message);
  });

  it('names an input that is not there', () => {
    expect(() => render('https://a.example/${{ inputs.id }}', {})).toThrow(
      expect.objectContaining({
        code: 'EXPRESSION_ERROR',
        message: expect.stringContaining('id') as string,
      }) as Error,
    );
  });
});
