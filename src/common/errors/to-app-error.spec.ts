import {
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { AppError } from './app-error';
import { statusOf, toAppError } from './to-app-error';

const never = (): boolean => false;

describe('toAppError', () => {
  it('keeps an AppError as it is', () => {
    const error = new AppError('CONFLICT', 'taken');
    expect(toAppError(error, never)).toBe(error);
  });

  it('never shows the text of an error that was not foreseen, and keeps it as the cause', () => {
    const thrown = new Error('password=hunter2');
    const error = toAppError(thrown, never);
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'Internal server error', cause: thrown });
    expect(statusOf(error)).toBe(500);
  });

  it('says that the database is away', () => {
    expect(toAppError(new Error('57P01'), () => true)).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each([
    [new NotFoundException(), 'NOT_FOUND', 'Resource not found'],
    [new ServiceUnavailableException('x'), 'UNAVAILABLE', 'Service unavailable, try again'],
    [new HttpException('ThrottlerException', 429), 'RATE_LIMITED', 'Rate limit exceeded'],
    [new InternalServerErrorException('secret'), 'INTERNAL', 'Internal server error'],
    [new URIError('bad'), 'INVALID_REQUEST', 'The path is not valid percent-encoding'],
  ])('maps %s to %s', (thrown, code, message) => {
    expect(toAppError(thrown, never)).toMatchObject({ code, message });
  });

  it.each(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'ERR__ERROR_FORMAT_PADDING_2', 'ZSTD_error_prefix_unknown'])(
    'tells the sender of a body that cannot be unpacked (%s), and not in the words of zlib',
    (code) => {
      const thrown = Object.assign(new Error('incorrect header check'), { code, status: 400 });
      expect(toAppError(thrown, never)).toMatchObject({
        code: 'INVALID_REQUEST',
        message: 'The body is not what its Content-Encoding says',
      });
    },
  );
});
