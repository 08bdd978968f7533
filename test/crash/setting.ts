import type { FormName } from '../support/form.js';
import { Rig } from '../support/rig.js';
import { Scene } from '../support/scene.js';

/** Of the `describe` it is called in, for all that is in it: a product of its own. */
export function aRig(form: FormName): () => Rig {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start(form);
  }, 240_000);
  afterAll(() => rig?.stop(), 60_000);
  return () => rig;
}

/** A tenant of its own on it. */
export function aScene(rig: () => Rig, applications: number): () => Scene {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.set(rig().curfew, applications);
  }, 60_000);
  afterAll(() => scene?.close());
  return () => scene;
}
