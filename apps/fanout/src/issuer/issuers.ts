import { InjectConfig, issuerFor, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';

@Injectable()
export class Issuers {
  constructor(@InjectConfig() private readonly config: RunningConfig) {}

  of(tenant: string): string {
    return issuerFor(tenant, this.config.issuer);
  }
}
