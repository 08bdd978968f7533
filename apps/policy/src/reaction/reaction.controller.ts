import { ReactionsUpdatedV1 } from '@curfew/contracts';
import { exclusive, startedBy, UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, type Principal } from '@curfew/runtime';
import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ReactionsDto, type ReactionDto } from './reaction.dto.js';
import type { Reaction } from './reaction.js';
import { ReactionStore } from './reaction.store.js';

const reactionOf = ({ name, signalType, action, bar, deadlineSeconds }: ReactionDto): Reaction =>
  action === 'revoke'
    ? { name, signalType, action, bar: bar ?? true, deadlineSeconds: deadlineSeconds ?? 60 }
    : { name, signalType, action };

@ApiTags('policy')
@ApiBearerAuth()
@Controller('/v1/reactions')
export class ReactionController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: ReactionStore,
  ) {}

  /** Which signal means which revocation. */
  @Get()
  @Allow('policies:read')
  async get(@Caller() { tenant }: Principal): Promise<{ reactions: readonly Reaction[] }> {
    const { reactions } = await this.unitOfWork.run(tenant, (tx) => this.store.current(tx));
    return { reactions };
  }

  /** Replaces them all; the first of a signal type decides. */
  @Put()
  @Allow('policies:write')
  async put(
    @Caller() { tenant, actor }: Principal,
    @Body() body: ReactionsDto,
  ): Promise<{ reactions: readonly Reaction[] }> {
    const after = body.reactions.map(reactionOf);
    await this.unitOfWork.run(
      tenant,
      async (tx) => {
        const before = await this.store.current(tx);
        const version = before.version + 1;
        await this.store.save(tx, { version, reactions: after }, actor);
        tx.publish(ReactionsUpdatedV1, {
          subject: 'reactions',
          cause: startedBy(actor),
          data: { version, before: before.reactions, after },
        });
      },
      [exclusive('reactions', tenant)],
    );
    return { reactions: after };
  }
}
