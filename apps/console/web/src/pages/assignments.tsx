import { useState } from 'react';
import { Link } from 'wouter';
import { api, withCursor, type Page as ListPage } from '../data/api';
import { csvRows, download } from '../data/download';
import { usePages } from '../data/use';
import { t } from '../messages';
import { Listing, Page, To } from '../parts/basics';
import { PolicyTabs } from '../parts/policy-tabs';

const PATH = '/v1/sign-in-policies/assignments';

interface Assigned {
  readonly subject: string;
  readonly policies: readonly {
    readonly policyId: string;
    readonly name: string;
    readonly directly: boolean;
    readonly groups: readonly string[];
  }[];
}

/** Who is under which sign-in policy, directly or by a group, in the order they are asked: for whoever reviews it. */
export function AssignmentsPage() {
  const assignments = usePages<Assigned>(PATH);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    const rows: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor }: ListPage<Assigned> = await api(withCursor(PATH, cursor));
      for (const { subject, policies } of items)
        for (const { policyId, name, directly, groups } of policies)
          rows.push([subject, policyId, name, String(directly), groups.join(' ')]);
      cursor = nextCursor;
    }
    download(
      'sign-in-assignments.csv',
      'text/csv',
      csvRows([['person', 'policy_id', 'policy', 'directly', 'groups'], ...rows]),
    );
    setBusy(false);
  };
  return (
    <Page
      title={t('policies.assignments')}
      actions={
        <button type="button" disabled={busy} onClick={() => void save().catch(() => setBusy(false))}>
          {t('sessions.csv')}
        </button>
      }
    >
      <PolicyTabs />
      <p className="hint lead">{t('policies.assignments.hint')}</p>
      <Listing
        of={assignments}
        empty={t('policies.assignments.empty')}
        hint={t('policies.assignments.empty.hint')}
        label={t('policies.assignments')}
        keyOf={({ subject }) => subject}
        columns={[
          { name: t('column.user'), of: ({ subject }) => <To page="people" id={subject} /> },
          {
            name: t('rules.policies'),
            of: ({ policies }) => (
              <ol className="plain">
                {policies.map(({ policyId, name, directly, groups }) => (
                  <li key={policyId}>
                    <Link href={`/policies/sign-in/${encodeURIComponent(policyId)}`}>{name}</Link>{' '}
                    <span className="faint">
                      {[
                        directly ? t('policies.assignments.directly') : '',
                        ...groups.map((group) => t('policies.assignments.by', { group })),
                      ]
                        .filter(Boolean)
                        .join(', ')}
                    </span>
                  </li>
                ))}
              </ol>
            ),
          },
        ]}
      />
    </Page>
  );
}
