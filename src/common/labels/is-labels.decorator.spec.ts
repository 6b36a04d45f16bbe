import { checkBody } from '../wire/check-dto';
import { IsLabels, type Labels } from './is-labels.decorator';

class LabelledDto {
  @IsLabels()
  labels!: Labels;
}

describe('IsLabels', () => {
  it.each([{}, { team: 'ops' }, { 'example.org/cost-center': '' }, { A: 'ü' }])('takes %j', (labels) => {
    expect(checkBody(LabelledDto, { labels })).toMatchObject({ ok: true });
  });

  it.each([
    'x',
    ['a'],
    null,
    { team: 1 },
    { team: null },
    { '': 'x' },
    { '-a': 'x' },
    { 'a b': 'x' },
    { team: 'a\u0000b' },
    { team: '\ud800' },
    { team: 'x'.repeat(256) },
    Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`l${index}`, 'x'])),
  ])('refuses %j and says what is allowed', (labels) => {
    const result = checkBody(LabelledDto, { labels });
    expect(result).toMatchObject({ ok: false, error: [{ path: 'labels' }] });
    expect(!result.ok && result.error[0]?.message).toMatch(/^(must|has)/);
  });
});
