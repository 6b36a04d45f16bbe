import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';

import { toWire } from './to-wire';

/** Sends what handlers return as {@link toWire} makes it. Files, buffers and text pass through. */
@Injectable()
export class ToWireInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(
        map((value: unknown) =>
          value instanceof StreamableFile || Buffer.isBuffer(value) ? value : toWire(value),
        ),
      );
  }
}
