/** The style of the HTML report: data only, hashed into the page's own policy. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
header { padding: 1rem 1.5rem; color: #fff; }
header.good { background: var(--good); }
header.bad { background: var(--bad); }
h1, header p { margin: 0; }
main { padding: 0 1.5rem 3rem; max-width: 75rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: .75rem 0 .25rem; font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: .3rem .8rem; }
summary { cursor: pointer; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); border-radius: 6px; font-size: 13px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; }
th, td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
.verdict { display: inline-block; padding: 0 .5rem; border-radius: 1rem; color: #fff; background: #6e7781; }
.verdict.pass { background: var(--good); }
.verdict.bad { background: var(--bad); }
.verdict.warn { background: var(--warn); }
`;
