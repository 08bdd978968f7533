import { Allow } from '@curfew/runtime';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { SignalContent } from '../signal/signal.js';
import { MappingTestDto } from './mapping.dto.js';
import { mapPayload } from './map-payload.js';
import { Mappings, mappingNamed } from './mapping.js';

/** Stands for the id the webhook will have. */
const EVENT_ID = 'test';

@ApiTags('signals')
@ApiBearerAuth()
@Controller('/v1/signals')
export class MappingController {
  constructor(private readonly mappings: Mappings) {}

  /** The signals a payload would make by a mapping. Nothing is kept and nobody is signed out. */
  @Post('test')
  @HttpCode(200)
  @Allow('signals:sources')
  test(@Body() { mapping, payload }: MappingTestDto): { signals: readonly SignalContent[] } {
    return { signals: mapPayload(mappingNamed(this.mappings, mapping), payload, EVENT_ID, new Date()) };
  }
}
