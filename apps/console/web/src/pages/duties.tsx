import { t } from '../messages';
import { Page } from '../parts/basics';
import { DUTY_STATES, Duties } from '../parts/duties';
import { ShiftTabs } from '../parts/shift-tabs';
import { StateFilter, useStateIn } from '../parts/state-filter';

export function DutiesPage() {
  const state = useStateIn(DUTY_STATES);
  return (
    <Page title={t('shifts.duties')}>
      <ShiftTabs />
      <StateFilter path="/shifts/duties" states={DUTY_STATES} nameOf={(one) => t(`duties.state.${one}`)} />
      <Duties {...(state ? { state } : {})} />
    </Page>
  );
}
