import type { TelemetrySignals } from '../config/app-config';
import type { OpenTelemetry } from './open-telemetry';
import type { Registry } from 'prom-client';

/**
 * Traces and metrics over OTLP, where the environment asks for them by OpenTelemetry's own variables. Without, nothing of
 * OpenTelemetry but its interface is loaded, and that does nothing.
 */
export class Telemetry {
  private constructor(private readonly sdk: OpenTelemetry | null) {}

  /** To be called before the application is loaded, whose HTTP server is instrumented as it is. */
  static async start(signals: TelemetrySignals | null, version: string): Promise<Telemetry> {
    if (signals === null) return new Telemetry(null);
    const { OpenTelemetry } = await import('./open-telemetry.js');
    return new Telemetry(OpenTelemetry.start(signals, version));
  }

  /** Exports the metrics of a registry from now on. */
  exportMetricsOf(registry: Registry): void {
    this.sdk?.exportMetricsOf(registry);
  }

  /** Sends what has not been sent, and ends. Never rejects: a collector that is away must not hold up a shutdown. */
  async stop(): Promise<void> {
    await this.sdk?.stop();
  }
}
