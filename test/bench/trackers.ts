// The scripts that test/bench/tracker.ts puts beside ours, each as its documentation says a page should load it: umami's,
// plausible's and segment's, from the npm registry when this runs; umami's is built from the source in its package.
// `bare` is the floor of anything that keeps an event before it sends it: one value read from storage, two written,
// random bytes, one fetch. `calls` is ours without any of its logic: what a view asks of the browser, each thing once.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { measure } from '../../client/build.mjs';

export type Script = { name: string; code: string; attributes: Record<string, string> };

const UMAMI = 'umami@2.10.0';
const PLAUSIBLE = '@plausible-analytics/tracker@0.4.6';
const SEGMENT = '@segment/analytics-next@1.84.3';
const SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';

/** Unpacks a package below `work`; returns its folder. */
function unpack(work: string, name: string): string {
  const to = mkdtempSync(join(work, 'package-'));
  execFileSync('npm', ['pack', name, '--pack-destination', to], { stdio: ['ignore', 'ignore', 'ignore'] });
  const [archive = ''] = readdirSync(to);
  execFileSync('tar', ['xzf', join(to, archive), '-C', to]);
  return join(to, 'package');
}

async function bundle(contents: string, resolveDir: string, define: BuildOptions['define'] = {}): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir },
    define,
    bundle: true,
    minify: true,
    format: 'iife',
    write: false,
  });
  return result.outputFiles[0]?.text ?? '';
}

/** `origin`: where all of them send; `work`: a folder for what is downloaded. */
export async function trackers(origin: string, work: string): Promise<Script[]> {
  const [umami, plausible, segment] = [unpack(work, UMAMI), unpack(work, PLAUSIBLE), unpack(work, SEGMENT)];
  const host = origin.replace('http://', '');
  return [
    {
      name: 'hubwire',
      code: (await measure()).code.toString(),
      attributes: { 'data-site': SITE, 'data-collector': origin },
    },
    {
      name: 'umami',
      code: await bundle(`import '${umami}/src/tracker/index.js'`, umami, {
        __COLLECT_API_HOST__: '""',
        __COLLECT_API_ENDPOINT__: '"/api/send"',
        'process.env.COLLECT_API_HOST': '""',
        'process.env.COLLECT_API_ENDPOINT': '"/api/send"',
      }),
      attributes: { 'data-website-id': SITE, 'data-host-url': origin },
    },
    {
      name: 'plausible',
      code: await bundle(
        `import { init } from '${plausible}/plausible.js'; init({ domain: 'example.com', endpoint: '${origin}/p', captureOnLocalhost: true })`,
        plausible,
      ),
      attributes: {},
    },
    {
      name: 'segment',
      code: `${readFileSync(join(segment, 'dist/umd/index.js'), 'utf8')};
      AnalyticsNext.AnalyticsBrowser.load({ writeKey: 'k', cdnURL: '${origin}', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'k', apiHost: '${host}/s', protocol: 'http' } }, plan: {} } }).page()`,
      attributes: {},
    },
    {
      name: 'bare',
      code: `(()=>{localStorage.e=localStorage.s||"{}";localStorage.s="{}";crypto.getRandomValues(new Uint8Array(36));
      fetch("${origin}/v1/events",{method:"POST",body:JSON.stringify({url:location.href,title:document.title}),keepalive:true,credentials:"omit"})})()`,
      attributes: {},
    },
    { name: 'calls', code: callsOf(origin), attributes: { 'data-site': SITE } },
  ];
}

/** The tag's attributes, GPC, the session and what was left over, the address, the event's own, listeners, the page told. */
const callsOf = (
  origin: string,
) => `(()=>{let heard=()=>{},tag=document.currentScript.dataset,signal=navigator.globalPrivacyControl;
  for(let type of ["submit","formdata","reset","focusin","click","pageshow","popstate","visibilitychange","online"])addEventListener(type,heard,true);
  let disk=localStorage,session=JSON.parse(disk.s||"{}"),left=Object.keys(disk),id=crypto.getRandomValues(new Uint8Array(36)).join("");
  if(document.hidden)return;session.params=new URLSearchParams(location.search)+"";disk.s=JSON.stringify(session);
  let detail={id,site:tag.site,signal,timestamp:new Date().toISOString(),page_url:location.href,page_title:document.title,referrer:document.referrer,language:navigator.language};
  disk["e"+left.length%2]=JSON.stringify(detail);
  fetch("${origin}/v1/events",{method:"POST",body:JSON.stringify(detail),keepalive:true,credentials:"omit"});
  document.dispatchEvent(new CustomEvent("hub:event",{detail}));window.dataLayer?.push(detail)})()`;
