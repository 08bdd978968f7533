import { createContext, useContext } from 'react';
import type { Me } from '../data/types';

export const NOBODY: Me = { tenant: '', actor: '', keyId: '', roles: [], permissions: [], name: null };
export const MeContext = createContext<Me>(NOBODY);
export const useMe = (): Me => useContext(MeContext);

/** Only what is offered: whether it is allowed, the service decides. */
export const useMay = (permission: string): boolean => useMe().permissions.includes(permission);
