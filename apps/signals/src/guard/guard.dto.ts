import { SIGNAL_TYPES } from '@curfew/contracts';
import { IntegerField, TextField, TextListField } from '@curfew/runtime';
import { WINDOW_SECONDS } from './guard.js';

export class GuardDto {
  @IntegerField({
    nullable: true,
    min: 0,
    max: 1_000_000,
    description: 'Signals that end access, in one window, before a human is asked; 0 for all of them, null for none',
  })
  most: number | null;

  @IntegerField({ optional: true, min: 1, max: 86_400, description: `Default ${WINDOW_SECONDS}` })
  windowSeconds?: number;

  @TextListField({
    optional: true,
    most: SIGNAL_TYPES.length,
    choices: SIGNAL_TYPES,
    description: 'What it may tell; left out: everything',
  })
  types?: string[];
}

export class HoldDecisionDto {
  @TextField({ optional: true, max: 1000 })
  reason?: string;
}
