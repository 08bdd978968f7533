/** What came of something, below what it was asked with. */
export interface Outcome {
  readonly text: string;
  readonly bad: boolean;
}

export const Said = ({ of }: { of: Outcome | undefined }) =>
  of === undefined ? null : (
    <p className={`note ${of.bad ? 'bad' : 'good'}`} role={of.bad ? 'alert' : 'status'}>
      {of.text}
    </p>
  );
