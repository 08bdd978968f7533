/** Of people: those of applications and sources name whom they speak for, and are made where that is. */
export const ROLES = ['owner', 'admin', 'responder', 'auditor', 'read-only'] as const;
