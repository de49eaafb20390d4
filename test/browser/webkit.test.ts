// Every case in WebKit. A file an engine, so that one can be run alone: vitest run --config test/browser/vitest.config.ts webkit
// Which cases there are is cases.ts; what they share is rig.ts.
// A case that this engine cannot be driven to says so where it is written.
import { cases } from './cases.ts';

cases('webkit');
