// All cases of one engine, in one browser: starting it takes longer than most cases. Owns the list of them.
// Each folder of cases is a sentence list about one subject, and asserts on what the collector received.
// Cases never share an origin, so nothing of one is left in the storage of the next.
import { describe } from 'vitest';
import type { EngineName } from '../support/engine.ts';
import { api } from './cases/api.ts';
import { fields } from './cases/fields.ts';
import { forms } from './cases/forms.ts';
import { frameworks } from './cases/frameworks.ts';
import { loss } from './cases/loss.ts';
import { manners } from './cases/manners.ts';
import { network } from './cases/network.ts';
import { privacy } from './cases/privacy.ts';
import { views } from './cases/views.ts';
import { Rig } from './rig.ts';

export function cases(name: EngineName): void {
  describe(name, () => {
    const rig = new Rig(name);
    describe('views', () => views(rig));
    describe('forms', () => forms(rig));
    describe('fields', () => fields(rig));
    describe('api', () => api(rig));
    describe('loss', () => loss(rig));
    if (name === 'chromium') describe('network', () => network(rig));
    describe('privacy', () => privacy(rig));
    describe('manners', () => manners(rig));
    describe('frameworks', () => frameworks(rig));
  });
}
