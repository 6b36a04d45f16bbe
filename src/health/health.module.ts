import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { SandboxModule } from '../security/sandbox/sandbox.module';
import { SecretBoxModule } from '../security/secret-box/secret-box.module';
import { HealthController } from './health.controller';
import { HealthRepository } from './health.repository';
import { ProbesController } from './probes.controller';
import { Readiness } from './readiness';

/** What orchestrators, load balancers and people ask: does it run, should work be sent to it. */
@Module({
  // Whoever asks is told what is wrong; in the log it would be repeated every few seconds.
  imports: [TerminusModule.forRoot({ logger: false }), SandboxModule, SecretBoxModule],
  controllers: [HealthController, ProbesController],
  providers: [HealthRepository, Readiness],
})
export class HealthModule {}
