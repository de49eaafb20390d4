// The bindings that tests in workerd see are the Worker's own.
declare namespace Cloudflare {
  interface Env extends Omit<import('../../worker/bindings.ts').Env, never> {}
  interface GlobalProps {
    mainModule: typeof import('../../worker/index.ts');
  }
}
