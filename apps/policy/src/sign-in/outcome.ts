/** How a person fared at the steps that were asked for. */
export const OUTCOMES = ['failed', 'succeeded'] as const;
export type Outcome = (typeof OUTCOMES)[number];
