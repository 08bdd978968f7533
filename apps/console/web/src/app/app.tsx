import { lazy, Suspense, useEffect, useState } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { api, type ApiError, onSignedOut } from '../data/api';
import { live } from '../data/live';
import type { Me } from '../data/types';
import { initialLanguage, setLanguage, t, useLanguage } from '../messages';
import { Failed, Loading, Page } from '../parts/basics';
import { SessionsPage } from '../pages/sessions';
import { MeContext } from './me';
import { Shell } from './shell';
import { Confirmed } from './step-up';
import { useGuardedLocation } from './unsaved';
import { goBack, SignIn } from './sign-in';

const Revocations = lazy(() => import('../pages/revocations').then((m) => ({ default: m.RevocationsPage })));
const Revocation = lazy(() => import('../pages/revocation').then((m) => ({ default: m.RevocationPage })));
const Overview = lazy(() => import('../pages/overview').then((m) => ({ default: m.OverviewPage })));
const Person = lazy(() => import('../pages/person').then((m) => ({ default: m.PersonPage })));
const Device = lazy(() => import('../pages/device').then((m) => ({ default: m.DevicePage })));
const Session = lazy(() => import('../pages/session').then((m) => ({ default: m.SessionPage })));
const Applications = lazy(() => import('../pages/applications').then((m) => ({ default: m.ApplicationsPage })));
const Application = lazy(() => import('../pages/application').then((m) => ({ default: m.ApplicationPage })));
const Signals = lazy(() => import('../pages/signals').then((m) => ({ default: m.SignalsPage })));
const Audit = lazy(() => import('../pages/audit').then((m) => ({ default: m.AuditPage })));
const Policies = lazy(() => import('../pages/policies').then((m) => ({ default: m.PoliciesPage })));
const SignInPolicies = lazy(() => import('../pages/sign-in-policies').then((m) => ({ default: m.SignInPoliciesPage })));
const Assignments = lazy(() => import('../pages/assignments').then((m) => ({ default: m.AssignmentsPage })));
const PolicyHistory = lazy(() => import('../pages/policy-history').then((m) => ({ default: m.PolicyHistoryPage })));
const Approvals = lazy(() => import('../pages/approvals').then((m) => ({ default: m.ApprovalsPage })));
const Shifts = lazy(() => import('../pages/shifts').then((m) => ({ default: m.ShiftsPage })));
const Shift = lazy(() => import('../pages/shift').then((m) => ({ default: m.ShiftPage })));
const NewShift = lazy(() => import('../pages/shift').then((m) => ({ default: m.NewShiftPage })));
const Duties = lazy(() => import('../pages/duties').then((m) => ({ default: m.DutiesPage })));
const Crossings = lazy(() => import('../pages/crossings').then((m) => ({ default: m.CrossingsPage })));
const Keys = lazy(() => import('../pages/keys').then((m) => ({ default: m.KeysPage })));

export function App() {
  const language = useLanguage();
  const [me, setMe] = useState<Me | null>();
  const [over, setOver] = useState<string>();
  const [error, setError] = useState<ApiError>();

  const read = (): void => {
    api<Me>('/me').then(
      (found) => {
        setError(undefined);
        setOver(undefined);
        goBack();
        setMe(found);
      },
      (failure: ApiError) => failure.status !== 401 && setError(failure),
    );
  };
  useEffect(() => {
    const signedOut = (reason: string): void => {
      live.close();
      // Of several requests at once the first ends the session, and the others find none.
      setOver((known) => (known && known !== 'no_session' ? known : reason));
      setMe(null);
    };
    onSignedOut(signedOut);
    live.onSignedOut = signedOut;
    void setLanguage(initialLanguage()).then(() =>
      location.pathname.endsWith('/sign-in') && (location.hash || location.search) ? setMe(null) : read(),
    );
  }, []);

  if (location.pathname === '/console/confirmed') return <Confirmed key={language} />;
  if (error)
    return (
      <main className="alone">
        <Failed error={error} retry={read} />
      </main>
    );
  if (me === undefined)
    return (
      <main className="alone">
        <Loading />
      </main>
    );
  if (me === null) return <SignIn key={language} over={over} done={read} />;
  return (
    <MeContext.Provider value={me}>
      <Router base="/console" hook={useGuardedLocation}>
        <Shell
          key={language}
          leave={() => {
            live.close();
            setOver(undefined);
            setMe(null);
          }}
        >
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/">
                <SessionsPage />
              </Route>
              <Route path="/sessions/:id">{({ id }) => <Session key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/revocations">
                <Revocations />
              </Route>
              <Route path="/revocations/:id">{({ id }) => <Revocation key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/approvals">
                <Approvals />
              </Route>
              <Route path="/overview">
                <Overview />
              </Route>
              <Route path="/people/:id">{({ id }) => <Person key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/devices/:id">{({ id }) => <Device key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/applications">
                <Applications />
              </Route>
              <Route path="/applications/:id">{({ id }) => <Application key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/signals">
                <Signals />
              </Route>
              <Route path="/audit">
                <Audit />
              </Route>
              <Route path="/policies">
                <Policies policy="default" />
              </Route>
              <Route path="/policies/of/:id">{({ id }) => <Policies policy={decodeURIComponent(id)} />}</Route>
              <Route path="/policies/sign-in">
                <SignInPolicies id="default" />
              </Route>
              <Route path="/policies/sign-in/:id">{({ id }) => <SignInPolicies id={decodeURIComponent(id)} />}</Route>
              <Route path="/policies/assignments">
                <Assignments />
              </Route>
              <Route path="/policies/history">
                <PolicyHistory />
              </Route>
              <Route path="/shifts">
                <Shifts />
              </Route>
              <Route path="/shifts/new">
                <NewShift />
              </Route>
              <Route path="/shifts/of/:id">{({ id }) => <Shift key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/shifts/duties">
                <Duties />
              </Route>
              <Route path="/shifts/crossings">
                <Crossings />
              </Route>
              <Route path="/keys">
                <Keys />
              </Route>
              <Route path="/sign-in">
                <Redirect to="/" />
              </Route>
              <Route>
                <Page title={t('error.notFound')}>
                  <p className="hint">{t('error.notFound.hint')}</p>
                </Page>
              </Route>
            </Switch>
          </Suspense>
        </Shell>
      </Router>
    </MeContext.Provider>
  );
}
