import { extractDataImages } from './data-images';

describe('extractDataImages', () => {
  it('makes files of quoted and unquoted images, each once', () => {
    const svg = 'data:image/svg+xml;charset=utf-8,<svg fill=\\"%23000\\"/>';
    const png = `data:image/png;base64,${Buffer.from('png').toString('base64')}`;
    const css = `a{background:url("${svg}") 0 0}b{background:url(${png})}c{background:url("${svg}")}d{background:url(x.png)}`;
    const result = extractDataImages(css, '/files/');

    expect(result.css).toBe(
      'a{background:url(/files/image-0.svg) 0 0}b{background:url(/files/image-1.png)}c{background:url(/files/image-0.svg)}d{background:url(x.png)}',
    );
    expect(
      [...result.files].map(([name, { contentType, body }]) => [name, contentType, body.toString()]),
    ).toEqual([
      ['image-0.svg', 'image/svg+xml', '<svg fill="#000"/>'],
      ['image-1.png', 'image/png', 'png'],
    ]);
  });
});
