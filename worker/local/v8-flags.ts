// How early the runtime's V8 collects its garbage: the flags for MINIFLARE_WORKERD_V8_FLAGS, miniflare's own variable.
// workerd gives its isolates no bounds, so V8 lets garbage lie until hundreds of megabytes have come together, and with it
// the native memory of each request that it stands for (workerd issues 6824 and 6894).
import { HEAP_GROWING_PERCENT, OLD_SPACE_MIB_INITIAL, SEMI_SPACE_MIB_MAX } from './limits.ts';

export const V8_FLAGS = [
  `--initial-old-space-size=${OLD_SPACE_MIB_INITIAL}`,
  `--max-semi-space-size=${SEMI_SPACE_MIB_MAX}`,
  `--heap-growing-percent=${HEAP_GROWING_PERCENT}`,
].join(' ');
