import { SIGNAL_TYPES } from '@curfew/contracts';
import { BooleanField, ChoiceField, IntegerField, NestedListField, TextField } from '@curfew/runtime';

export class ReactionDto {
  @TextField({ example: 'Termination ends all access' })
  name: string;

  @ChoiceField({ choices: SIGNAL_TYPES })
  signalType: string;

  @ChoiceField({ choices: ['revoke', 'reinstate', 'ignore'] })
  action: 'revoke' | 'reinstate' | 'ignore';

  @BooleanField({ optional: true, description: 'revoke only: forbids new access until lifted; default true' })
  bar?: boolean;

  @IntegerField({ optional: true, min: 1, max: 604_800, description: 'revoke only: default 60' })
  deadlineSeconds?: number;
}

export class ReactionsDto {
  @NestedListField({ type: () => ReactionDto, most: 100 })
  reactions: ReactionDto[];
}
