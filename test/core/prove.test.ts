// Tests that loading proves what an engine's relaxed dot products are, and takes nothing else for exact.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { proveIsa } from '../../src/core/prove';
import { realSemantics, relaxedCore, wrongSemantics } from '../support/semantics';

for (const [name, semantics] of Object.entries({ ...realSemantics, ...wrongSemantics })) {
  test(`${name}: ${semantics.isa}`, async () => {
    assert.is(proveIsa(await relaxedCore(semantics)), semantics.isa);
  });
}

test.run();
