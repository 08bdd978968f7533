import { capUnderFire } from '../support/cap-under-fire.js';
import { organisation, type Organisation } from '../support/product.js';
import { Rig } from '../support/rig.js';

const PEOPLE = 1_000;
const MINUTES = 10;

let rig: Rig;
let acme: Organisation;

beforeAll(async () => {
  rig = await Rig.start('distributed');
  acme = await organisation(1, { curfew: rig.curfew });
}, 240_000);
afterAll(async () => {
  await acme?.close();
  await rig?.stop();
}, 60_000);

it.each(['block', 'evict'] as const)(
  `CC-09 ${PEOPLE} people, fifty sign-ins at once each: never a fourth is live, by %s`,
  (overCap) => capUnderFire(acme.curfew, acme.applications[0]!, { people: PEOPLE, signIns: 50, cap: 3, overCap }),
  MINUTES * 60_000,
);
