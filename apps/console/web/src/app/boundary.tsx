import { Component, type ReactNode } from 'react';
import { t } from '../messages';
import { Empty } from '../parts/basics';

interface Props {
  /** The page; another one is tried anew. */
  readonly at: string;
  readonly children: ReactNode;
}
interface State {
  readonly at: string;
  readonly broken: boolean;
}

/** What a page can not draw is that page's alone: the way to all others stays. */
export class Boundary extends Component<Props, State> {
  override state: State = { at: this.props.at, broken: false };

  static getDerivedStateFromProps({ at }: Props, state: State): State | null {
    return at === state.at ? null : { at, broken: false };
  }

  static getDerivedStateFromError(): Partial<State> {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <Empty title={t('error.other')} hint={t('error.broken.hint')}>
        <button type="button" onClick={() => location.reload()}>
          {t('error.retry')}
        </button>
      </Empty>
    );
  }
}
