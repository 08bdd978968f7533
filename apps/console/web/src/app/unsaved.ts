import { useEffect } from 'react';
import type { BaseLocationHook } from 'wouter';
import { useBrowserLocation } from 'wouter/use-browser-location';
import { t } from '../messages';

/** Where something was changed and not saved; leaving asks. */
let unsavedAt: string | undefined;

const mayLeave = (): boolean => unsavedAt === undefined || window.confirm(t('unsaved.leave'));

/** The browser's own way back and forth: it has moved already when it says so. First of all listeners. */
window.addEventListener(
  'popstate',
  (event) => {
    if (unsavedAt === undefined || location.href === unsavedAt) return;
    event.stopImmediatePropagation();
    const wanted = location.href;
    history.pushState(null, '', unsavedAt);
    if (!window.confirm(t('unsaved.leave'))) return;
    unsavedAt = undefined;
    history.pushState(null, '', wanted);
    window.dispatchEvent(new PopStateEvent('popstate'));
  },
  { capture: true },
);

window.addEventListener('beforeunload', (event) => {
  if (unsavedAt !== undefined) event.preventDefault();
});

export function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    unsavedAt = isUnsaved ? location.href : undefined;
    return () => {
      unsavedAt = undefined;
    };
  }, [isUnsaved]);
}

/** It is saved: whoever goes on from here is not asked. */
export const isSaved = (): void => {
  unsavedAt = undefined;
};

/** For the router: every link of the pages goes through here. */
export const useGuardedLocation: BaseLocationHook = () => {
  const [at, navigate] = useBrowserLocation();
  return [
    at,
    (to: string, options?: object) => mayLeave() && (navigate as (to: string, options?: object) => void)(to, options),
  ];
};
