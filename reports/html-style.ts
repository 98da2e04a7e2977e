/** The style of the HTML report: data only, hashed into the page's own policy. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #fff; --text: #1f2328; --faint: #59636e; --panel: #f6f8fa; --line: #d1d9e0; --link: #0550ae;
  --pass: #116329; --red: #a40e26; --warn: #7d4e00; --open: #6639ba; --aside: #57606a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --text: #e6edf3; --faint: #9da7b1; --panel: #161b22; --line: #3d444d; --link: #79c0ff;
    --pass: #176f2c; --red: #b62324; --warn: #845306; --open: #6e40c9; --aside: #5c656f;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: .5rem; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: var(--back); color: var(--text); }
a { color: var(--link); }
header { padding: 1rem 1.5rem; color: #fff; overflow-wrap: anywhere; }
header.good { background: var(--pass); }
header.bad { background: var(--red); }
h1, header p { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .6rem 1.5rem; border-bottom: 1px solid var(--line); }
nav a { padding: .2rem 0; }
main { padding: 0 1.5rem 3rem; max-width: 80rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: .75rem 0 .25rem; font-size: 1rem; }
small { color: var(--faint); font-size: .85em; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: .5rem 0; }
dt { font-weight: 600; max-width: 14rem; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: .3rem .8rem; }
details.violation { border-left: 4px solid var(--red); }
summary { cursor: pointer; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--panel); font-size: 13px; line-height: 1.4; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--faint); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; }
th, td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th, td[data-head=exercised], td[data-head=runs], td[data-head="kill matrix"] { overflow-wrap: normal; }
th code, summary code { white-space: nowrap; }
tbody th { font-weight: 400; }
td.count { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr:target { outline: 3px solid var(--link); outline-offset: -3px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
.verdict { display: inline-block; padding: 0 .5rem; border-radius: 1rem; color: #fff; white-space: nowrap; }
.marks { display: flex; flex-wrap: wrap; gap: 3px; margin: 0; padding: 0; list-style: none; }
.mark { display: block; width: 24px; height: 24px; line-height: 24px; border-radius: 4px; text-align: center;
  color: #fff; text-decoration: none; font-weight: 700; }
.verdict.pass, .mark.pass { background: var(--pass); }
.verdict.red, .mark.red { background: var(--red); }
.verdict.warn, .mark.warn { background: var(--warn); }
.verdict.open, .mark.open { background: var(--open); }
.verdict.aside, .mark.aside { background: var(--aside); }
.filter { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: end; }
.filter fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 0; padding: .2rem .8rem .4rem; min-width: 0; }
.filter fieldset label { margin-right: 1rem; display: inline-block; min-height: 24px; }
.filter select { font: inherit; min-height: 28px; max-width: 100%; }
.lanes { margin: .75rem 0; overflow-x: auto; }
.lanes svg { display: block; font: 12px ui-monospace, monospace; }
.lanes figcaption { color: var(--faint); font-size: .85em; }
.lanes text { fill: currentColor; }
.lanes .number { fill: var(--faint); }
.lanes .head { font-weight: 700; }
.lanes .lane { stroke: var(--line); stroke-width: 2; }
.lanes .dot { fill: var(--aside); }
.lanes circle.blamed { fill: var(--warn); }
.lanes circle.broken { fill: var(--red); }
.lanes rect { fill: var(--panel); stroke-width: 1.5; }
.lanes rect.blamed { stroke: var(--warn); }
.lanes rect.broken { stroke: var(--red); }
@media (max-width: 48rem) {
  header, nav, main { padding-left: .8rem; padding-right: .8rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .4rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, caption, tbody, tr, tbody th, td { display: block; }
  td:empty { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .3rem 0; }
  tbody th, td { border: 0; padding: .1rem 0; }
  td.count { display: none; }
  td[data-head]::before { content: attr(data-head) ": "; color: var(--faint); }
}
@media print {
  :root { --back: #fff; --text: #000; --faint: #333; --panel: #fff; --line: #999; --link: #000; }
  nav, .filter { display: none; }
  main { max-width: none; padding: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  details::details-content { content-visibility: visible; block-size: auto; }
  header, .verdict, .mark { print-color-adjust: exact; }
  tr, summary { break-inside: avoid; }
}
`;
